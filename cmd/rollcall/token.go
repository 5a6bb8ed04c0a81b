package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos/problem"
)

// TokenCmd makes a token for trying: in earnest, whoever lets users log in makes them.
type TokenCmd struct {
	Sub  string        `required:"" placeholder:"ID" help:"The id_user whom the token vouches for."`
	Room []string      `sep:"none" placeholder:"PATTERN" help:"Rooms that the token is for, as team-*, with rights where they are not jwl, as team-*=jl: j (join), w (write), l (list), d (disconnect others). It may be said several times. [as --jwt-rooms says]"`
	Name string        `placeholder:"NAME" help:"The claim name. [none]"`
	For  time.Duration `default:"1h" placeholder:"TIME" help:"How long the token holds; 1s to 8760h. [${default}]"`
	URL  string        `name:"url" placeholder:"BASE" help:"Print the address of the room page with the token in its fragment, which browsers send to no server, as for https://localhost:5009."`

	Signing `embed:""`

	rooms access.Rooms
}

// Help is shown below the summary of the command.
func (c *TokenCmd) Help() string {
	return `It is signed by --jwt-secret, which is best given by its file or in the environment: others on this machine see what is on a command line.

Examples:

    rollcall token --sub 1 --room Maths
    rollcall token --sub ann@example.com --room 'team-*=jwld' --room lobby=jl --for 10m
    rollcall token --sub 1 --room Maths --url https://localhost:5009`
}

// Validate finds what cannot work.
func (c *TokenCmd) Validate() (err error) {
	if err := c.Signing.check(); err != nil {
		return err
	}
	if c.JWTSecret == "" {
		return fmt.Errorf("--jwt-secret is missing: give that of the nodes, by --jwt-secret-file or ROLLCALL_JWT_SECRET. Tokens that are signed by another key come from who has that")
	}
	if n := len(c.JWTSecret); n < tokens.ShortestSecret {
		return fmt.Errorf("--jwt-secret has %d bytes; it needs at least %d: make one with openssl rand -base64 32", n, tokens.ShortestSecret)
	}
	if _, err := identity.ParseID(c.Sub); err != nil {
		return fmt.Errorf("--sub: %s", problem.MessageOf(err))
	}
	if len(c.Room) > 0 {
		if c.rooms, err = ruled(c.Room, "=", access.Usual.String()); err != nil {
			return fmt.Errorf("--room: %s", problem.MessageOf(err))
		}
	}
	if err := within("--for", c.For, time.Second, 365*24*time.Hour); err != nil {
		return err
	}
	if base, err := url.Parse(c.URL); c.URL != "" && (err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "") {
		return fmt.Errorf("--url must be the address of a server, as https://localhost:5009")
	}
	if c.URL != "" && c.page() == "" {
		return fmt.Errorf("--url needs a room whose page it opens: name one by --room, without *")
	}
	return nil
}

// Run prints the token, or where the room page is with it.
func (c *TokenCmd) Run(_ context.Context, std streams) error {
	now := time.Now()
	minted := tokens.Minted{
		Issuer: c.JWTIssuer, Claim: c.JWTUserClaim, User: c.Sub, Rooms: c.rooms, Name: c.Name, Issued: now, Expires: now.Add(c.For),
	}
	if audience := c.audience(); len(audience) > 0 {
		minted.Audience = audience[0]
	}
	token, err := tokens.Mint(minted, []byte(c.JWTSecret))
	if err != nil {
		return err
	}
	if c.URL != "" {
		token = strings.TrimSuffix(c.URL, "/") + "/ui/" + url.PathEscape(c.page()) + "#token=" + token
	}
	_, err = fmt.Fprintln(std.out, token)
	return err
}

// page returns the room whose page is opened: the first that is named without a pattern, and
// "" if there is none. Where no room is named, the token is for those of --jwt-rooms.
func (c *TokenCmd) page() string {
	if len(c.Room) == 0 {
		return "foo"
	}
	for _, text := range c.Room {
		pattern, _, _ := strings.Cut(text, "=")
		if name, err := room.ParseName(pattern); err == nil && !strings.Contains(pattern, "*") {
			return name
		}
	}
	return ""
}
