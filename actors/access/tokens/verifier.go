package tokens

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/protos/problem"
)

// Config says whose tokens are believed, and how the time is told.
type Config struct {
	Issuers []Issuer // at least one; each of another name, and none without if there are several
	Leeway  time.Duration
	Logger  *slog.Logger
	Now     func() time.Time // nil for the clock

	pace pace
}

// Verifier reads tokens. Its methods may be called from any goroutine.
type Verifier struct {
	issuers []*issuer
	parser  *jwt.Parser
	end     context.CancelFunc
}

var _ access.Verifier = (*Verifier)(nil)

// New returns a verifier, which Close must end. It fetches what keys it can first, which
// may take some seconds; from an issuer that is away they are fetched later.
func New(config Config) (*Verifier, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if err := Check(config.Issuers); err != nil {
		return nil, err
	}
	ctx, end := context.WithCancel(context.Background())
	v := &Verifier{end: end, parser: jwt.NewParser(jwt.WithoutClaimsValidation())}
	for _, i := range config.Issuers {
		keys, err := newKeys(ctx, i, config.pace.withDefaults(), config.Now, config.Logger)
		if err != nil {
			end()
			return nil, err
		}
		v.issuers = append(v.issuers, newIssuer(i, keys, config.Leeway, config.Now))
	}
	return v, nil
}

// Check returns what is wrong with what is said of issuers, and fetches nothing. The error
// is [problem.Invalid], and repeats no secret.
func Check(issuers []Issuer) error {
	if len(issuers) == 0 {
		return problem.New(problem.Invalid, "no issuer of tokens is named")
	}
	for n, i := range issuers {
		if err := i.check(); err != nil {
			return err
		}
		same := func(other Issuer) bool { return other.Name == i.Name }
		if len(issuers) > 1 && (i.Name == "" || slices.ContainsFunc(issuers[:n], same)) {
			return problem.New(problem.Invalid, "several issuers of tokens need a name each, another one: that of their claim iss")
		}
	}
	return nil
}

// Ready returns why no token can be told to be good now; nil if those of some issuer can.
// Keys that were known once are, however long their issuer is away.
func (v *Verifier) Ready() error {
	for _, i := range v.issuers {
		if i.keys.known() {
			return nil
		}
	}
	return problem.New(problem.Unavailable, "the keys of tokens could not be fetched yet: is the address of the key set right, and does the issuer answer?")
}

// Close ends what looks after the keys.
func (v *Verifier) Close() { v.end() }

// Verify implements [access.Verifier].
func (v *Verifier) Verify(ctx context.Context, token string) (access.Grant, error) {
	const scheme = "Bearer " // of the header, and no part of a token
	switch {
	case token == "":
		return access.Grant{}, problem.New(problem.Unauthorized, "This server asks for a token: connect with auth: {token}; clients v2 with ?token= in the query").Named(problem.TokenRequired)
	case len(token) > len(scheme) && strings.EqualFold(token[:len(scheme)], scheme):
		return access.Grant{}, bad("it begins with Bearer: give it without that")
	case len(token) > access.LongestToken:
		return access.Grant{}, bad("it has %d bytes, and %d is the most", len(token), access.LongestToken)
	}
	var from *issuer
	var said claims
	_, err := v.parser.ParseWithClaims(token, &said, func(t *jwt.Token) (any, error) {
		switch from = among(v.issuers, said.Issuer); {
		case from == nil && said.Issuer == "":
			return nil, bad("it does not say who has issued it (iss)")
		case from == nil:
			return nil, bad("its issuer (iss) is none of this server's: --jwt-issuer must be the same to the letter")
		}
		if !slices.Contains(from.algorithms, t.Method.Alg()) {
			return nil, bad("its issuer does not sign by %.20q", t.Method.Alg())
		}
		if _, critical := t.Header["crit"]; critical {
			return nil, bad("it says by crit that something must be understood, which is not (RFC 7515 §4.1.11)")
		}
		return from.keys.of(ctx, t)
	})
	if err == nil {
		err = from.validator.Validate(&said)
	}
	if err != nil {
		return access.Grant{}, refusal(err, &said)
	}
	return said.grant(from)
}

// bad is the error of a token that is not good.
func bad(format string, args ...any) error {
	e := problem.New(problem.Unauthorized, format, args...).Named(problem.BadToken)
	e.Message = "The token is not good: " + e.Message
	return e
}

// refusal says of an error of the library what a client may know of it, and of what the
// token says.
func refusal(err error, said *claims) error {
	var ours *problem.Error
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return bad("it is meant for somebody else (aud)")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return bad("it does not hold yet (nbf): are the clocks right?")
	case errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return bad("it was issued later than now (iat): are the clocks right?")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing) && said.ExpiresAt == nil:
		return bad("it does not say when it expires (exp)")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing): // the issuer was found by its name
		return bad("it does not say whom it is meant for (aud)")
	case errors.Is(err, jwt.ErrTokenExpired):
		return access.Expired()
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return bad("it is signed by no key of its issuer")
	default:
		return bad("it is no JSON Web Token that can be read")
	}
}
