//go:build unix

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/cmd/rollcall/doctor"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Three issuers, as a file says them: one shares a secret, one has a key, one publishes
// keys. Each vouches for its own tokens, and for no others.
func TestEachIssuerVouchesForItsOwnTokens(t *testing.T) {
	t.Parallel()
	const secret = "a secret that is shared, of 32 bytes"
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modulus, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	published := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		number := base64.RawURLEncoding.EncodeToString
		_, _ = fmt.Fprintf(w, `{"keys":[{"kty":"RSA","use":"sig","kid":"1","n":%q,"e":%q}]}`, number(modulus.N.Bytes()), number(big.NewInt(int64(modulus.E)).Bytes()))
	}))
	t.Cleanup(published.Close)
	folder := t.TempDir()
	public, err := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	keyFile, issuersFile := filepath.Join(folder, "key.pem"), filepath.Join(folder, "issuers.json")
	list, err := json.Marshal([]map[string]any{
		{"issuer": "shares", "secret": secret, "rooms": map[string]string{"Maths": "jwl"}},
		{"issuer": "has", "key": keyFile, "user_claim": "uid", "audience": "rollcall"},
		{"issuer": "publishes", "jwks_url": published.URL, "audience": []string{"rollcall", "other"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{keyFile: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), issuersFile: list} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := []string{"--auth", "jwt", "--jwt-issuers", issuersFile}
	node := harness.NewNode(t, "node-1", harness.LocalPlaces(t, 1)[0], flags...)
	harness.MakeStore(t, "--data", node.Data)
	node.Start()
	harness.AwaitMembers(t, node)

	claims := func(issuer string, more ...string) jwt.MapClaims {
		said := jwt.MapClaims{"iss": issuer, "sub": "1", "uid": "2", "aud": "rollcall", "exp": time.Now().Add(time.Hour).Unix()}
		for i := 0; i < len(more); i += 2 {
			said[more[i]] = more[i+1]
		}
		return said
	}
	for _, test := range []struct {
		name   string
		method jwt.SigningMethod
		claims jwt.MapClaims
		key    any
		path   string
		status int
	}{
		{"a secret", jwt.SigningMethodHS256, claims("shares"), []byte(secret), "/Maths/users", http.StatusOK},
		{"a secret, in a room that its issuer does not say", jwt.SigningMethodHS256, claims("shares"), []byte(secret), "/Physics/users", http.StatusForbidden},
		{"a key", jwt.SigningMethodES256, claims("has"), curve, "/Physics/users", http.StatusOK},
		{"a key, for another audience", jwt.SigningMethodES256, claims("has", "aud", "other"), curve, "/Maths/users", http.StatusUnauthorized},
		{"a key that is published", jwt.SigningMethodRS256, claims("publishes", "aud", "other"), modulus, "/Maths/users", http.StatusOK},
		{"a key that is published, as the issuer that shares a secret", jwt.SigningMethodRS256, claims("shares"), modulus, "/Maths/users", http.StatusUnauthorized},
		{"a secret, as the issuer that has a key", jwt.SigningMethodHS256, claims("has"), []byte(secret), "/Maths/users", http.StatusUnauthorized},
		{"a public key taken for a secret", jwt.SigningMethodHS256, claims("has"), public, "/Maths/users", http.StatusUnauthorized},
		{"nobody", jwt.SigningMethodNone, claims("publishes"), jwt.UnsafeAllowNoneSignatureType, "/Maths/users", http.StatusUnauthorized},
		{"a stranger", jwt.SigningMethodHS256, claims("another"), []byte(secret), "/Maths/users", http.StatusUnauthorized},
	} {
		token := jwt.NewWithClaims(test.method, test.claims)
		token.Header["kid"] = "1"
		text, err := token.SignedString(test.key)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := node.Do(http.MethodGet, test.path, "", "Authorization: Bearer "+text)
		if err != nil || answer.Status != test.status {
			t.Errorf("%s: %d %s %v", test.name, answer.Status, answer.Body, err)
		}
	}
	// Whose token it is, is said by the claim of its issuer.
	token, err := jwt.NewWithClaims(jwt.SigningMethodES256, claims("has")).SignedString(curve)
	if err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{"/users/2": http.StatusNoContent, "/users/1": http.StatusForbidden} {
		answer, err := node.Do(http.MethodPut, path, `{"name":"Ann"}`, "Authorization: Bearer "+token)
		if err != nil || answer.Status != status {
			t.Errorf("rename %s: %d %s %v", path, answer.Status, answer.Body, err)
		}
	}
	_, found := examine(t, append(flags, "--data", node.Data)...)
	if !slices.ContainsFunc(found, func(f doctor.Finding) bool {
		return f.Check == "tokens" && f.Level == doctor.OK && strings.Contains(f.Says, published.URL+" publishes: 1")
	}) {
		t.Errorf("the doctor has found %+v", found)
	}
}
