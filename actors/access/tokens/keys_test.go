package tokens

import (
	"context"
	"crypto"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/protos/problem"
)

// home is an issuer that publishes its keys.
type home struct {
	*httptest.Server
	answer  atomic.Pointer[http.HandlerFunc]
	fetched atomic.Int64
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := new(home)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.fetched.Add(1)
		(*h.answer.Load())(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *home) does(f http.HandlerFunc) { h.answer.Store(&f) }

// publishes has the issuer answer with keys by their names, and with lies of how long that
// may be kept.
func (h *home) publishes(t *testing.T, keys map[string]any) {
	t.Helper()
	var set jwkset.JWKSMarshal
	for name, key := range keys {
		jwk, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{
			Marshal: jwkset.JWKMarshalOptions{Private: true}, Metadata: jwkset.JWKMetadataOptions{KID: name},
		})
		if err != nil {
			t.Fatal(err)
		}
		set.Keys = append(set.Keys, jwk.Marshal())
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	h.does(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		_, _ = w.Write(text)
	})
}

func (h *home) verifier(t *testing.T, pace pace) *Verifier {
	t.Helper()
	v, err := New(Config{Issuers: []Issuer{{KeySet: h.URL}}, Logger: slog.New(slog.DiscardHandler), Now: now, pace: pace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// by signs a token with a named key.
func by(t *testing.T, name string, method jwt.SigningMethod, key any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, said(nil))
	if name != "" {
		token.Header["kid"] = name
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func soon(t *testing.T, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !true(); {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func (v *Verifier) takes(ctx context.Context, token string) bool {
	_, err := v.Verify(ctx, token)
	return err == nil
}

// A key that is new is found with the first token that names it, and one that was withdrawn
// serves no longer than until the next look.
func TestKeysRotate(t *testing.T) {
	h := newHome(t)
	first, second := rsaKey(t), ecKey(t)
	h.publishes(t, map[string]any{"1": first.Public()})
	v := h.verifier(t, pace{every: 20 * time.Millisecond, unknown: time.Millisecond, patience: 3 * time.Second})
	old, young := by(t, "1", jwt.SigningMethodRS256, first), by(t, "2", jwt.SigningMethodES256, second)
	if !v.takes(t.Context(), old) || v.takes(t.Context(), young) {
		t.Fatal("the first key is not the one")
	}
	h.publishes(t, map[string]any{"1": first.Public(), "2": second.Public()})
	soon(t, "the new key serves", func() bool { return v.takes(t.Context(), young) })
	if !v.takes(t.Context(), old) {
		t.Error("not both keys serve")
	}
	if !v.takes(t.Context(), by(t, "", jwt.SigningMethodES256, second)) {
		t.Error("a token that names no key is not tried with all")
	}
	h.publishes(t, map[string]any{"2": second.Public()})
	soon(t, "the old key is gone", func() bool { return !v.takes(t.Context(), old) })
	if !v.takes(t.Context(), young) {
		t.Error("the new key is gone, too")
	}
}

// An issuer that is away, slow, or talks nonsense takes nobody's keys away.
func TestStaleKeysServe(t *testing.T) {
	key := ecKey(t)
	for name, nonsense := range map[string]http.HandlerFunc{
		"away":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"no JSON":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no keys":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) },
		"something": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) },
		"slow":      func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"much": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"x":"` + strings.Repeat("x", 2*largestKeySet) + `"}`))
		},
		"cut off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"in circles": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.publishes(t, map[string]any{"1": key.Public()})
			v := h.verifier(t, pace{every: 10 * time.Millisecond, unknown: time.Hour, patience: 50 * time.Millisecond})
			soon(t, "the keys are there", func() bool { return v.Ready() == nil }) // also on a slow machine
			h.does(nonsense)
			seen := h.fetched.Load()
			soon(t, "it was asked again", func() bool { return h.fetched.Load() > seen+2 })
			if _, err := v.Verify(t.Context(), by(t, "1", jwt.SigningMethodES256, key)); err != nil {
				t.Error(err)
			}
		})
	}
}

// While no key was ever seen nothing is said of a token, so that clients come again.
func TestAnIssuerThatIsAwayFromTheStart(t *testing.T) {
	h, key := newHome(t), ecKey(t)
	h.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	v := h.verifier(t, pace{every: 10 * time.Millisecond, unknown: time.Millisecond, patience: time.Second})
	token := by(t, "1", jwt.SigningMethodES256, key)
	for _, token := range []string{token, by(t, "", jwt.SigningMethodES256, key)} {
		if _, err := v.Verify(t.Context(), token); problem.CodeOf(err) != problem.Unavailable {
			t.Errorf("%v", err)
		}
	}
	if err := v.Ready(); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("without keys: %v", err)
	}
	h.publishes(t, map[string]any{"1": key.Public()})
	soon(t, "it is there", func() bool { return v.takes(t.Context(), token) })
	h.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	seen := h.fetched.Load()
	soon(t, "it was asked again", func() bool { return h.fetched.Load() > seen+2 })
	if err := v.Ready(); err != nil {
		t.Errorf("with stale keys: %v", err)
	}
}

// Keys are looked for though nobody shows a token: nobody is let in before.
func TestAnIssuerThatWasAwayIsAskedAgain(t *testing.T) {
	h := newHome(t)
	h.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	v := h.verifier(t, pace{every: time.Hour, unknown: 5 * time.Millisecond, patience: time.Second})
	seen := h.fetched.Load()
	soon(t, "it was asked again", func() bool { return h.fetched.Load() > seen+2 })
	h.publishes(t, map[string]any{"1": ecKey(t).Public()})
	soon(t, "it is ready", func() bool { return v.Ready() == nil })
}

// One issuer that is away does not keep those of the others out.
func TestReadyWithTheKeysOfSomeIssuer(t *testing.T) {
	h := newHome(t)
	h.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	v, err := New(Config{Issuers: []Issuer{{Name: "away", KeySet: h.URL}, {Name: "home", Secret: []byte(secret)}}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if err := v.Ready(); err != nil {
		t.Error(err)
	}
}

// Tokens that name keys which nobody has must not have the issuer asked for each.
func TestUnknownKeysAreAskedForSeldom(t *testing.T) {
	h, key := newHome(t), ecKey(t)
	h.publishes(t, map[string]any{"1": key.Public()})
	v := h.verifier(t, pace{every: time.Hour, unknown: time.Hour, patience: time.Second})
	for range 50 {
		_, err := v.Verify(t.Context(), issuedBy(t, "2", key, now().Add(-time.Minute)))
		if problem.NameOf(err) != problem.BadToken {
			t.Fatalf("a token that is older than the keys: %v", err)
		}
	}
	if n := h.fetched.Load(); n != 2 {
		t.Errorf("fetched %d times, want at the start and once", n)
	}
}

// issuedBy signs a token that was issued then, the zero time for one that does not say.
func issuedBy(t *testing.T, name string, key crypto.Signer, at time.Time) string {
	t.Helper()
	more := jwt.MapClaims{"iat": nil}
	if !at.IsZero() {
		more["iat"] = at.Unix()
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, said(more))
	token.Header["kid"] = name
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A token that is younger than the keys may be of a new one. While that cannot be found out
// it is not refused for good: it waits for others that were asked for, or for the issuer.
func TestTokensOfKeysThatMayBeNewAreToComeAgain(t *testing.T) {
	first, second := ecKey(t), ecKey(t)
	for name, after := range map[string]http.HandlerFunc{
		"asked too lately": nil,
		"away":             func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.publishes(t, map[string]any{"1": first.Public()})
			var passed atomic.Int64 // seconds
			v, err := New(Config{
				Issuers: []Issuer{{KeySet: h.URL}}, Logger: slog.New(slog.DiscardHandler), pace: pace{every: time.Hour, unknown: time.Hour, patience: 3 * time.Second},
				Now: func() time.Time { return now().Add(time.Duration(passed.Load()) * time.Second) },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			refused := func(token string) problem.Code {
				_, err := v.Verify(t.Context(), token)
				return problem.CodeOf(err)
			}
			passed.Store(60)
			made := now().Add(50 * time.Second)
			if after == nil { // the only time in an hour
				if got := refused(issuedBy(t, "nobody's", second, made)); got != problem.Unauthorized {
					t.Errorf("looked for, and not there: %q", got)
				}
				passed.Store(120)
				made = now().Add(110 * time.Second)
			} else {
				h.does(after)
			}
			if got := refused(issuedBy(t, "2", second, made)); got != problem.Unavailable {
				t.Errorf("a young token: %q", got)
			}
			if got := refused(issuedBy(t, "2", second, time.Time{})); got != problem.Unavailable {
				t.Errorf("of no age, and not looked for: %q", got)
			}
			if got := refused(issuedBy(t, "2", second, now().Add(-time.Minute))); got != problem.Unauthorized {
				t.Errorf("an old token: %q", got)
			}
			if got := refused(issuedBy(t, "1", second, made)); got != problem.Unauthorized {
				t.Errorf("a forged token: %q", got)
			}
		})
	}
}

// When an issuer begins to use a key as it publishes it, all come with that at once.
func TestManyComeWithANewKeyAtOnce(t *testing.T) {
	h := newHome(t)
	first, second := ecKey(t), ecKey(t)
	h.publishes(t, map[string]any{"1": first.Public()})
	v := h.verifier(t, pace{every: time.Hour, unknown: time.Hour, patience: 3 * time.Second})
	h.publishes(t, map[string]any{"2": second.Public()})
	token := by(t, "2", jwt.SigningMethodES256, second)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := v.Verify(t.Context(), token); err != nil && problem.CodeOf(err) != problem.Unavailable {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if !v.takes(t.Context(), token) {
		t.Error("the new key does not serve")
	}
}

// However many come with a new key before it may be looked for, the one that has it fetched
// has all the time for that.
func TestANewKeyIsFoundInACrowd(t *testing.T) {
	h := newHome(t)
	first, second := ecKey(t), ecKey(t)
	h.publishes(t, map[string]any{"1": first.Public()})
	v := h.verifier(t, pace{every: time.Hour, unknown: 300 * time.Millisecond, patience: 3 * time.Second})
	v.takes(t.Context(), by(t, "nobody's", jwt.SigningMethodES256, second)) // so that it may not for a while
	h.publishes(t, map[string]any{"2": second.Public()})
	answer := *h.answer.Load()
	h.does(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(100 * time.Millisecond)
		answer(w, r)
	})
	token := by(t, "2", jwt.SigningMethodES256, second)
	soon(t, "the new key serves", func() bool { return v.takes(t.Context(), token) })
	if n := h.fetched.Load(); n > 4 {
		t.Errorf("it was asked for %d times", n)
	}
}

// Who publishes a shared secret has told everybody.
func TestPublishedSecretsAreNoKeys(t *testing.T) {
	h, key := newHome(t), ecKey(t)
	h.publishes(t, map[string]any{"1": key.Public(), "oct": []byte(secret)})
	v := h.verifier(t, pace{})
	for _, name := range []string{"oct", "", "1"} {
		if v.takes(t.Context(), by(t, name, jwt.SigningMethodHS256, []byte(secret))) {
			t.Errorf("it believes the secret, as %q", name)
		}
	}
	if !v.takes(t.Context(), by(t, "1", jwt.SigningMethodES256, crypto.Signer(key))) {
		t.Error("the key beside it is lost")
	}
}
