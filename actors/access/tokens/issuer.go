package tokens

import (
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/protos/problem"
)

// Issuer is somebody whose tokens are believed. Of Secret, Key and KeySet exactly one is set.
type Issuer struct {
	Name     string   // what the claim iss must be; "" for anything
	Audience []string // one of which the claim aud must have; none for anything

	Secret []byte // shared with the issuer: HS256 (RFC 7518 §3.2); at least [ShortestSecret] bytes
	Key    []byte // the issuer's public key in PEM, or a certificate: RS256, PS256, ES256 … or EdDSA, as it is
	KeySet string // address of the issuer's public keys, a JSON Web Key Set (RFC 7517 §5)

	User string // the claim that is the id_user; "sub" if it is ""

	// Rooms are the rights of a token without the claim rooms; nil for [access.Usual] in all.
	Rooms access.Rooms
}

// ShortestSecret is how many bytes a secret must have (RFC 7518 §3.2).
const ShortestSecret = 32

// Algorithms of public keys. None of a shared secret is among them, and "none" is in no list.
func publicAlgorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// issuer is one that is ready to be asked.
type issuer struct {
	Issuer
	keys       keys
	algorithms []string // that its keys are for
	validator  *jwt.Validator
}

func newIssuer(config Issuer, keys keys, leeway time.Duration, now func() time.Time) *issuer {
	i := &issuer{Issuer: config, keys: keys, algorithms: publicAlgorithms()}
	if i.User == "" {
		i.User = "sub"
	}
	if i.Rooms == nil {
		i.Rooms = access.Everywhere(access.Usual)
	}
	if config.Secret != nil {
		i.algorithms = []string{"HS256"}
	}
	options := []jwt.ParserOption{
		jwt.WithExpirationRequired(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(now),
		jwt.WithIssuedAt(), // one that is issued later would outlive every revocation
	}
	if config.Name != "" {
		options = append(options, jwt.WithIssuer(config.Name))
	}
	if len(config.Audience) > 0 {
		options = append(options, jwt.WithAudience(config.Audience...))
	}
	i.validator = jwt.NewValidator(options...)
	return i
}

// check returns what is wrong with what is said of an issuer.
func (i Issuer) check() error {
	sources := 0
	for _, given := range []bool{i.Secret != nil, i.Key != nil, i.KeySet != ""} {
		if given {
			sources++
		}
	}
	switch {
	case sources != 1:
		return problem.New(problem.Invalid, "an issuer of tokens has either a secret, a public key, or the address of a key set")
	case i.Secret != nil && len(i.Secret) < ShortestSecret:
		return problem.New(problem.Invalid, "the secret of tokens has %d bytes; it needs at least %d: make one with openssl rand -base64 32", len(i.Secret), ShortestSecret)
	case i.Key != nil:
		_, err := publicKey(i.Key)
		return err
	}
	return nil
}

// among returns the issuer of a token that names this one.
func among(issuers []*issuer, name string) *issuer {
	i := slices.IndexFunc(issuers, func(i *issuer) bool { return i.Name == "" || i.Name == name })
	if i < 0 {
		return nil
	}
	return issuers[i]
}
