package tokens

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// claims is what a token says: what the library validates, and all as it came.
type claims struct {
	jwt.RegisteredClaims // but for sub, which may be a number here, and jti
	all                  map[string]json.RawMessage
}

// UnmarshalJSON reads the payload of a token. Each claim counts by its very name (RFC 7519
// §10.1.1): encoding/json takes "AUD" for aud as well, which an issuer that signs for many may
// let any of them say.
func (c *claims) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &c.all); err != nil {
		return err
	}
	read := func(name string, into any) error {
		if claim, ok := c.all[name]; ok {
			return json.Unmarshal(claim, into)
		}
		return nil
	}
	return cmp.Or(read("iss", &c.Issuer), read("aud", &c.Audience),
		read("exp", &c.ExpiresAt), read("nbf", &c.NotBefore), read("iat", &c.IssuedAt))
}

// grant returns what the claims vouch for, by the rules of their issuer.
func (c *claims) grant(i *issuer) (access.Grant, error) {
	g := access.Grant{Rooms: i.Rooms, Expires: c.ExpiresAt.Time, Profile: c.all["profile"]}
	if c.IssuedAt != nil {
		g.Issued = c.IssuedAt.Time
	}
	var err error
	if g.User, err = c.user(i.User); err != nil {
		return access.Grant{}, err
	}
	if rooms, ok := c.all["rooms"]; ok {
		if g.Rooms, err = access.ParseRooms(rooms); err != nil {
			return access.Grant{}, bad("its claim rooms cannot be read: %s", problem.MessageOf(err))
		}
	}
	if name, ok := c.all["name"]; ok {
		if err := json.Unmarshal(name, &g.Name); err != nil {
			return access.Grant{}, bad("its claim name is no text")
		}
	}
	return g, nil
}

// user returns the id_user that a claim says. Some issuers count their users.
func (c *claims) user(claim string) (string, error) {
	text := c.all[claim]
	if id, ok := socketio.ParseString(text); ok && id != "" { // no two of them are read as one
		return id, nil
	}
	var number json.Number
	if json.Unmarshal(text, &number) == nil && !bytes.ContainsAny(text, `.eE"-`) && number != "" {
		return number.String(), nil
	}
	return "", bad("it names no user: its claim %s must be an id_user", claim)
}
