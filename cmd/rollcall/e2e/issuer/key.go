package issuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// Key is a private key under a name.
type Key struct {
	name    string
	method  jwt.SigningMethod
	private crypto.Signer
}

// NewKey makes a key for an algorithm, ES256 or RS256.
func NewKey(t testing.TB, name, algorithm string) Key {
	t.Helper()
	k := Key{name: name, method: jwt.GetSigningMethod(algorithm)}
	var err error
	switch algorithm {
	case jwt.SigningMethodES256.Alg():
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jwt.SigningMethodRS256.Alg():
		k.private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		t.Fatalf("no key can be made for %q", algorithm)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Sign returns a token that says this, and names the key.
func (k Key) Sign(t testing.TB, said jwt.MapClaims) string {
	t.Helper()
	return signed(t, k.name, k.method, said, k.private)
}

// Unsigned returns a token that says this and is signed by nobody (alg: none).
func Unsigned(t testing.TB, said jwt.MapClaims) string {
	t.Helper()
	return signed(t, "", jwt.SigningMethodNone, said, jwt.UnsafeAllowNoneSignatureType)
}

// Confused returns a token that says this, and is signed with the public key as if that
// were a shared secret.
func (k Key) Confused(t testing.TB, said jwt.MapClaims) string {
	t.Helper()
	public, err := x509.MarshalPKIXPublicKey(k.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return signed(t, k.name, jwt.SigningMethodHS256, said, public)
}

func signed(t testing.TB, name string, method jwt.SigningMethod, said jwt.MapClaims, key any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, said)
	if name != "" {
		token.Header["kid"] = name
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
