package tokens

import (
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/actors/access"
)

// Minted is what a token for trying says.
type Minted struct {
	Issuer   string       // "" for none
	Audience string       // "" for none
	User     string       // the claim sub
	Rooms    access.Rooms // nil to say nothing
	Name     string       // "" to say nothing
	Issued   time.Time
	Expires  time.Time
}

// Mint returns a token that is signed with a secret (HS256).
func Mint(m Minted, secret []byte) (string, error) {
	said := jwt.MapClaims{"sub": m.User, "iat": jwt.NewNumericDate(m.Issued), "exp": jwt.NewNumericDate(m.Expires)}
	for claim, text := range map[string]string{"iss": m.Issuer, "aud": m.Audience, "name": m.Name} {
		if text != "" {
			said[claim] = text
		}
	}
	if m.Rooms != nil {
		said["rooms"] = m.Rooms
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, said).SignedString(secret)
}
