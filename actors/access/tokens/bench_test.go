package tokens

import (
	"crypto"
	"log/slog"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func BenchmarkVerify(b *testing.B) {
	rsa, ec := rsaKey(b), ecKey(b)
	for _, bench := range []struct {
		method jwt.SigningMethod
		key    crypto.PrivateKey
		issuer Issuer
	}{
		{jwt.SigningMethodHS256, []byte(secret), Issuer{Secret: []byte(secret)}},
		{jwt.SigningMethodRS256, rsa, Issuer{Key: public(b, rsa)}},
		{jwt.SigningMethodES256, ec, Issuer{Key: public(b, ec)}},
	} {
		b.Run(bench.method.Alg(), func(b *testing.B) {
			bench.issuer.Name, bench.issuer.Audience = "home", []string{"rollcall"}
			v, err := New(Config{Issuers: []Issuer{bench.issuer}, Logger: slog.New(slog.DiscardHandler), Now: now})
			if err != nil {
				b.Fatal(err)
			}
			defer v.Close()
			token := signed(b, bench.method, bench.key, said(jwt.MapClaims{"rooms": map[string]string{"team-*": "jwl"}}))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
