// Package issuer plays who lets users log in: it publishes keys, replaces them, is away,
// slow or wrong as the tests want it, and hands out tokens as the backend of a product does.
package issuer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// What its tokens say of it, and of whom they are for.
const (
	Name     = "https://issuer.example/"
	Audience = "rollcall"
)

// Issuer has an address of its own until the test ends.
type Issuer struct {
	*httptest.Server
	t       testing.TB
	mux     *http.ServeMux
	answer  atomic.Pointer[http.HandlerFunc] // to who asks for keys
	fetched atomic.Int64

	mu    sync.Mutex
	key   Key // that signs
	desks int
}

// Start returns an issuer that signs with a new key, and publishes that.
func Start(t testing.TB, algorithm string) *Issuer {
	t.Helper()
	i := &Issuer{t: t, mux: http.NewServeMux()}
	i.mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		i.fetched.Add(1)
		(*i.answer.Load())(w, r)
	})
	key := NewKey(t, "first", algorithm)
	i.Publish(key)
	i.SignWith(key)
	i.Server = httptest.NewServer(i.mux)
	t.Cleanup(func() {
		i.CloseClientConnections() // of who waits for a slow answer
		i.Close()
	})
	return i
}

// Flags returns those of rollcall serve by which its tokens are believed.
func (i *Issuer) Flags(more ...string) []string {
	return append([]string{"--auth", "jwt", "--jwks-url", i.URL + "/keys", "--jwt-issuer", Name, "--jwt-audience", Audience}, more...)
}

// SignWith has tokens be signed with a key from now on, whether that is published or not.
func (i *Issuer) SignWith(key Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key = key
}

// Key returns the key that tokens are signed with.
func (i *Issuer) Key() Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.key
}

// Publish has exactly these keys be published. It lies about how long they may be kept.
func (i *Issuer) Publish(keys ...Key) {
	i.t.Helper()
	var set jwkset.JWKSMarshal
	for _, key := range keys {
		jwk, err := jwkset.NewJWKFromKey(key.private.Public(), jwkset.JWKOptions{
			Metadata: jwkset.JWKMetadataOptions{KID: key.name, ALG: jwkset.ALG(key.method.Alg()), USE: jwkset.UseSig},
		})
		if err != nil {
			i.t.Fatal(err)
		}
		set.Keys = append(set.Keys, jwk.Marshal())
	}
	text, err := json.Marshal(set)
	if err != nil {
		i.t.Fatal(err)
	}
	i.Answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Set("Expires", "Thu, 01 Jan 2099 00:00:00 GMT")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	})
}

// Answer has who asks for keys be answered by this.
func (i *Issuer) Answer(by http.HandlerFunc) { i.answer.Store(&by) }

// Away breaks each connection without an answer.
func (i *Issuer) Away() {
	i.Answer(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// Slow has what it answers now come later by so much.
func (i *Issuer) Slow(by time.Duration) {
	now := *i.answer.Load()
	i.Answer(func(w http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(by)
		defer timer.Stop()
		select {
		case <-timer.C:
			now(w, r)
		case <-r.Context().Done(): // nobody waits any more
		}
	})
}

// Fetched returns how often its keys were asked for.
func (i *Issuer) Fetched() int { return int(i.fetched.Load()) }

// Claims returns what a token says that is made now for a user, and lasts for a time. More
// takes the place of what else it would say; nil for nothing.
func Claims(user string, lasts time.Duration, more jwt.MapClaims) jwt.MapClaims {
	now := time.Now()
	said := jwt.MapClaims{"iss": Name, "aud": Audience, "sub": user, "iat": now.Unix(), "exp": now.Add(lasts).Unix()}
	for claim, value := range more {
		if said[claim] = value; value == nil {
			delete(said, claim)
		}
	}
	return said
}

// Token returns a token that says what [Claims] says.
func (i *Issuer) Token(user string, lasts time.Duration, more jwt.MapClaims) string {
	i.t.Helper()
	return i.Key().Sign(i.t, Claims(user, lasts, more))
}

// Desk hands out tokens of a user, each new: they last as these say, one after the other,
// and then as the last one says. It returns where.
func (i *Issuer) Desk(user string, last ...time.Duration) (address string) {
	i.mu.Lock()
	i.desks++
	path := fmt.Sprint("/desks/", i.desks)
	i.mu.Unlock()
	var asked atomic.Int64
	i.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		n := min(int(asked.Add(1)), len(last))
		token := i.Key().Sign(i.t, Claims(user, last[n-1], nil))
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"token": token})
	})
	return i.URL + path
}
