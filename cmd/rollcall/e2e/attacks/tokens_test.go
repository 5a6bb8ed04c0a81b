//go:build linux

package attacks

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
)

// forger makes tokens that nobody has signed whom the nodes believe.
type forger struct {
	testing.TB
	key *rsa.PrivateKey
}

// forges returns a token of 8 kB, less a little, of an issuer, signed by a key of that name.
func (f *forger) forges(issuer, key string) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": issuer, "aud": "rollcall", "sub": mallory, "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"pad": strings.Repeat("x", 5500),
	})
	token.Header["kid"] = key
	text, err := token.SignedString(f.key)
	if err != nil {
		f.Fatal(err)
	}
	return text
}

// issuersOf writes a file that says three: the crowd's; one with a key of RSA; and one that
// publishes its keys, and never answers.
func issuersOf(t testing.TB) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	t.Cleanup(func() {
		close(over)
		silent.Close()
	})
	folder := t.TempDir()
	public, file := filepath.Join(folder, "rsa.pem"), filepath.Join(folder, "issuers.json")
	said := fmt.Sprintf(`[{"issuer":%q,"secret":%q},{"issuer":"rsa","key":%q},{"issuer":"silent","audience":"rollcall","jwks_url":%q}]`,
		crowd.Issuer, crowd.TokenSecret, public, silent.URL)
	for path, text := range map[string][]byte{public: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), file: []byte(said)} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// showing has an intruder enter a room by a token.
func showing(room, token string) func(*band) (*intruder, error) {
	return func(b *band) (*intruder, error) {
		w, err := b.open(url.Values{"room": {room}, "token": {token}}, "")
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(text("40")); err != nil {
			return nil, err
		}
		b.count("sockets", 1)
		return w, w.await(`42["handshake"`)
	}
}

// What may be done with tokens, good ones and others.
func tokensShown(t testing.TB) []attack {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{t, key}
	forged, unknown := f.forges("rsa", "1"), f.forges("silent", "1")
	good, host := crowd.Token(mallory, access.Usual), crowd.Token(mallory, access.Usual|access.Remove)
	const room = "room 0"
	return []attack{
		{name: "tokens of 8 kB that nobody has signed (RS256), over HTTP", short: true, does: func(b *band) {
			b.stream(16, func(int, int) []byte { return repeated(get("/room%200/users", shown(forged)), 4) })
		}},
		{name: "tokens whose issuer never answers, over HTTP", does: func(b *band) {
			b.stream(64, func(int, int) []byte { return repeated(get("/room%200/users", shown(unknown)), 4) })
		}},
		{name: "CONNECT with such tokens, over and over on one websocket", does: func(b *band) {
			b.ramble(16, func(b *band) (*intruder, error) { return b.open(url.Values{"room": {room}}, "") },
				always(append(text(`40{"token":"`+forged+`"}`), text(`40{"token":"`+unknown+`"}`)...)))
		}},
		{name: "the event token with such tokens, over and over", does: func(b *band) {
			b.ramble(16, showing(room, good), always(append(text(`42["token","`+forged+`"]`), text(`42["token","`+unknown+`"]`)...)))
		}},
		{name: "the event token with a good one, over and over", does: func(b *band) {
			b.ramble(16, showing(room, good), always(text(`420["token","`+good+`"]`)))
		}},
		{name: "the event remove for sockets that are not there, over and over", does: func(b *band) {
			b.ramble(16, showing(room, host), always(text(`420["remove","`+room+`","nobody"]`)))
		}},
		{name: "removals over HTTP of sockets that are not there", does: func(b *band) {
			b.stream(8, func(connection, turn int) []byte {
				return many(connection, turn, func(n int) string {
					return request(http.MethodDelete, fmt.Sprintf("/api/rooms/room%%200/sockets/nobody-%d", n), "", shown(host))
				})
			})
		}},
	}
}

func TestTokensHurtNobody(t *testing.T) {
	s := lay(t, extentOf(t), "--auth", "jwt", "--jwt-issuers", issuersOf(t))
	for _, of := range tokensShown(t) {
		s.play(t, of)
	}
	s.report(t)
}
