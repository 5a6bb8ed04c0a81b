package tokens

import (
	"cmp"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/actors/access"
)

// Minted is what a token for trying says.
type Minted struct {
	Issuer   string // "" for none
	Audience string // "" for none
	Claim    string // that says the user; "sub" if it is ""
	User     string
	Rooms    access.Rooms // nil to say nothing
	Name     string       // "" to say nothing
	Issued   time.Time
	Expires  time.Time
}

// Mint returns a token that is signed with a secret (HS256).
func Mint(m Minted, secret []byte) (string, error) {
	said := jwt.MapClaims{cmp.Or(m.Claim, "sub"): m.User, "iat": jwt.NewNumericDate(m.Issued), "exp": jwt.NewNumericDate(m.Expires)}
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
