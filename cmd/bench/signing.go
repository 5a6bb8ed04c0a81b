package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// signing is a way to sign tokens, and what came of it.
type signing struct {
	algorithm string
	flags     []string // of a node that takes these tokens
	tokens    []string // one for each user
}

// waysToSign makes keys and tokens.
func (b *bench) waysToSign() ([]*signing, error) {
	secret := []byte(rand.Text() + rand.Text())
	shared, err := b.signing(jwt.SigningMethodHS256, secret, "--jwt-secret-file", secret)
	if err != nil {
		return nil, err
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	rs256, err := b.signingByKey(jwt.SigningMethodRS256, rsaKey)
	if err != nil {
		return nil, err
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	es256, err := b.signingByKey(jwt.SigningMethodES256, ecKey)
	return []*signing{shared, rs256, es256}, err
}

func (b *bench) signingByKey(method jwt.SigningMethod, key crypto.Signer) (*signing, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	return b.signing(method, key, "--jwt-key", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// signing signs the tokens by a key; what a node needs to know of it is in a file, which a
// flag names. They say what an issuer's tokens say.
func (b *bench) signing(method jwt.SigningMethod, key any, flag string, known []byte) (*signing, error) {
	const issuer, audience = "https://issuer.example.org/", "https://rollcall.example.org"
	file := filepath.Join(b.dir, "key-"+method.Alg())
	if err := os.WriteFile(file, known, 0o600); err != nil {
		return nil, err
	}
	s := &signing{
		algorithm: method.Alg(),
		flags:     []string{"--auth", "jwt", flag, file, "--jwt-issuer", issuer, "--jwt-audience", audience},
	}
	now := time.Now()
	for i := range users {
		token, err := jwt.NewWithClaims(method, jwt.MapClaims{
			"iss": issuer, "aud": audience, "sub": userOf(i), "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
			"rooms": map[string]string{"room-*": "jwl"},
		}).SignedString(key)
		if err != nil {
			return nil, fmt.Errorf("sign a token by %s: %w", method.Alg(), err)
		}
		s.tokens = append(s.tokens, token)
	}
	return s, nil
}
