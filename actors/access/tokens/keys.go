package tokens

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	"github.com/rollcall/rollcall/protos/problem"
)

// keys finds what a token has to be signed with.
type keys interface {
	// of returns a key, or a [jwt.VerificationKeySet].
	of(ctx context.Context, token *jwt.Token) (any, error)
	// known reports whether there are any.
	known() bool
}

// oneKey is a key that is always the same.
type oneKey struct{ key any }

func (k oneKey) of(context.Context, *jwt.Token) (any, error) { return k.key, nil }
func (k oneKey) known() bool                                 { return true }

// newKeys returns the keys of an issuer. Those that are fetched are looked after until ctx
// is done.
func newKeys(ctx context.Context, config Issuer, pace pace, now func() time.Time, log *slog.Logger) (keys, error) {
	switch {
	case config.Secret != nil:
		return oneKey{config.Secret}, nil
	case config.Key != nil:
		key, err := publicKey(config.Key)
		return oneKey{key}, err
	}
	return newKeySet(ctx, config.KeySet, pace, now, log)
}

// publicKey reads a public key of any kind that there are algorithms for.
func publicKey(pem []byte) (any, error) {
	if key, err := jwt.ParseRSAPublicKeyFromPEM(pem); err == nil {
		return key, nil
	}
	if key, err := jwt.ParseECPublicKeyFromPEM(pem); err == nil {
		return key, nil
	}
	if key, err := jwt.ParseEdPublicKeyFromPEM(pem); err == nil {
		return key, nil
	}
	return nil, problem.New(problem.Invalid, "the key of tokens is no public key of RSA, ECDSA or Ed25519 in PEM: make one of a private key with openssl pkey -pubout")
}

// pace is how often a key set is fetched.
type pace struct {
	every    time.Duration // by itself: a key that its issuer withdraws serves no longer than that
	unknown  time.Duration // when tokens name a key that is not there, however many do: no more often
	patience time.Duration // for one answer
}

func (p pace) withDefaults() pace {
	if p == (pace{}) {
		return pace{every: time.Minute, unknown: 10 * time.Second, patience: 3 * time.Second}
	}
	return p
}

// Bounds of a key set.
const (
	largestKeySet = 1 << 20 // bytes
	mostKeys      = 100     // a token that names none is tried with each
)

// keySet is public keys that are fetched. While their issuer is away the last ones serve.
type keySet struct {
	all     keyfunc.Keyfunc
	store   *publicKeys
	unknown *rate.Limiter // of fetches for tokens that name a key which is not there
}

func newKeySet(ctx context.Context, address string, pace pace, now func() time.Time, log *slog.Logger) (*keySet, error) {
	store := &publicKeys{MemoryJWKSet: jwkset.NewMemoryStorage(), now: now}
	trouble := func(_ context.Context, err error) {
		log.Warn("the keys of tokens cannot be fetched; those that are known serve on", "jwks_url", address, "err", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	context.AfterFunc(ctx, transport.CloseIdleConnections)
	fetched, err := jwkset.NewStorageFromHTTP(address, jwkset.HTTPClientStorageOptions{
		Client: &http.Client{Transport: limited{transport, store}}, Ctx: ctx, HTTPTimeout: pace.patience,
		NoErrorReturnFirstHTTPReq: true, RefreshErrorHandler: trouble, RefreshInterval: pace.every, Storage: store,
	})
	if err != nil {
		return nil, problem.Wrap(err, problem.Invalid, "the address of the key set is no URL: give it as https://issuer.example/.well-known/jwks.json")
	}
	client, err := jwkset.NewHTTPClient(jwkset.HTTPClientOptions{
		HTTPURLs: map[string]jwkset.Storage{address: fetched}, PrioritizeHTTP: true,
		// The limit is kept here: whoever waited for it there had no time left to fetch.
		RateLimitWaitMax: pace.patience, RefreshUnknownKID: rate.NewLimiter(rate.Inf, 1),
	})
	if err != nil {
		return nil, err
	}
	all, err := keyfunc.New(keyfunc.Options{Ctx: ctx, Storage: client, UseWhitelist: []jwkset.USE{jwkset.UseSig, ""}})
	if err != nil {
		return nil, err
	}
	k := &keySet{all: all, store: store, unknown: rate.NewLimiter(rate.Every(pace.unknown), 1)}
	if !k.known() {
		go k.seek(ctx, client, pace.unknown)
	}
	return k, nil
}

// seek asks an issuer that was away at the start until it has told its keys: nobody is let
// in before, and so no token has them fetched.
func (k *keySet) seek(ctx context.Context, client jwkset.Storage, every time.Duration) {
	again := time.NewTicker(every)
	defer again.Stop()
	for !k.known() {
		select {
		case <-again.C:
			_, _ = client.KeyRead(ctx, "") // fetches all, as there is none of that name
		case <-ctx.Done():
			return
		}
	}
}

func (k *keySet) of(ctx context.Context, token *jwt.Token) (any, error) {
	name, named := token.Header[jwkset.HeaderKID].(string)
	looks := !named || k.has(name) || k.unknown.Allow() // the issuer is asked for a name that is not there
	var key any
	err := jwkset.ErrKeyNotFound
	if looks {
		key, err = k.all.KeyfuncCtx(ctx)(token)
	}
	switch {
	case err == nil && k.known(): // or there is nothing that a token without a name could be tried with
		return key, nil
	case !k.known(), named && !k.has(name) && k.mayBeNewer(token, looks): // err repeats the name
		return nil, problem.New(problem.Unavailable, "The keys of this token's issuer are not known yet: try again")
	case errors.Is(err, jwkset.ErrKeyNotFound) && k.has(name): // it has just come
		return k.all.KeyfuncCtx(ctx)(token)
	}
	return nil, err
}

// mayBeNewer reports whether a key that is not there may have been published since the keys
// were fetched last: how often they are is bounded, and their issuer may be away. Official
// clients take what is refused for good for final, and are to come again instead.
func (k *keySet) mayBeNewer(token *jwt.Token, looked bool) bool {
	issued, err := token.Claims.GetIssuedAt()
	if err != nil || issued == nil {
		return !looked
	}
	const precision = time.Second // of tokens
	return issued.Add(precision).After(k.store.fetchedAt())
}

func (k *keySet) has(name string) bool {
	_, err := k.store.KeyRead(context.Background(), name)
	return err == nil
}

func (k *keySet) known() bool {
	all, err := k.store.KeyReadAll(context.Background()) // which is in memory
	return err == nil && len(all) > 0
}

// publicKeys keeps the public keys of a set, and of nothing else: a shared secret in it
// would be known to everybody.
type publicKeys struct {
	*jwkset.MemoryJWKSet
	now func() time.Time

	mu      sync.Mutex
	asked   time.Time // when the issuer was asked last
	fetched time.Time // when it was for the keys that are here, or a little later
}

func (k *publicKeys) asks() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = k.now()
}

func (k *publicKeys) fetchedAt() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fetched
}

// KeyReplaceAll takes the place of all keys. A set without keys says that something is wrong
// with the issuer, and is not taken.
func (k *publicKeys) KeyReplaceAll(ctx context.Context, given []jwkset.JWK) error {
	var public []jwkset.JWK
	for _, key := range given {
		if _, secret := key.Key().([]byte); !secret {
			public = append(public, key)
		}
	}
	switch {
	case len(public) == 0:
		return errors.New("the set has no public keys")
	case len(public) > mostKeys:
		return errors.New("the set has too many keys")
	}
	if err := k.MemoryJWKSet.KeyReplaceAll(ctx, public); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fetched = k.asked
	return nil
}

// limited reads no more of an answer than a key set may have.
type limited struct {
	http.RoundTripper
	store *publicKeys // of what is fetched
}

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	l.store.asks()
	answer, err := l.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, largestKeySet), answer.Body}
	return answer, nil
}
