package crowd

import (
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/access/tokens"
)

// The crowd shows tokens of this issuer, which nodes heed where they ask for tokens.
const (
	Issuer      = "the crowd"
	TokenSecret = "a secret that all of the crowd know of"
)

// Token returns a token by which somebody is a user of the crowd for an hour, with these
// rights in all rooms.
func Token(user string, rights access.Rights) string {
	now := time.Now()
	token, err := tokens.Mint(tokens.Minted{
		Issuer: Issuer, User: user, Rooms: access.Everywhere(rights), Issued: now, Expires: now.Add(time.Hour),
	}, []byte(TokenSecret))
	if err != nil {
		panic(err) // there is nothing that could fail
	}
	return token
}

// whoAsks returns as whom the crowd makes a request: who renames himself, or whoever it is.
func whoAsks(path string) string {
	if user, ok := strings.CutPrefix(path, "/users/"); ok {
		return user
	}
	return "1"
}
