package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// KeySet is where an issuer publishes keys.
type KeySet struct {
	URL         string
	AnyAudience bool // tokens need not be for this service
}

// tokens fetches the keys by which tokens are signed, and compares the clock of who
// publishes them: tokens hold until a moment.
func (n Node) tokens(ctx context.Context) []Finding {
	if !n.Tokens {
		return []Finding{ok("nobody is asked for one (--auth none): whoever reaches --listen may be anybody")}
	}
	if len(n.KeySets) == 0 {
		return []Finding{ok("they are measured by a key that is given")}
	}
	var found []Finding
	for _, set := range n.KeySets {
		found = append(found, set.doubts()...)
		address := set.URL
		asked := time.Now()
		keys, clock, err := fetchKeys(ctx, address)
		switch {
		case err != nil:
			found = append(found, wrong("see that this machine reaches the address, and that it answers with a JSON Web Key Set: until then nobody can come with a token of that issuer",
				"keys cannot be fetched from %s: %v", address, err))
			continue
		case keys == 0:
			found = append(found, wrong("have the issuer publish its public keys there", "%s has no public keys for signatures", address))
		default:
			found = append(found, ok("public keys that %s publishes: %d", address, keys))
		}
		if !clock.IsZero() {
			found = append(found, judgeClock(clock.Sub(asked), 2*time.Second).of("clock of "+address))
		}
	}
	return found
}

// doubts returns what is not safe, whatever keys are there.
func (s KeySet) doubts() (found []Finding) {
	if strings.HasPrefix(s.URL, "http://") {
		found = append(found, warning("have the issuer publish them by https://",
			"the keys of %s come over plain HTTP: whoever is on the way can make tokens", s.URL))
	}
	if s.AnyAudience {
		found = append(found, warning("say what the claim aud of yours is: --jwt-audience, or audience in the file of --jwt-issuers",
			"tokens by the keys of %s are taken for whatever audience: those for other services open this one", s.URL))
	}
	return found
}

// largestKeySet is how many bytes are read of an answer.
const largestKeySet = 1 << 20

// fetchKeys returns how many public keys for signatures a set has, and what time it is
// where that is, or the zero time.
func fetchKeys(ctx context.Context, address string) (keys int, clock time.Time, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, clock, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, clock, err
	}
	defer response.Body.Close()
	clock, _ = http.ParseTime(response.Header.Get("Date")) // of which it need not have one
	if response.StatusCode != http.StatusOK {
		return 0, clock, fmt.Errorf("it answers %s", response.Status)
	}
	var set struct {
		Keys []struct {
			Kind string `json:"kty"`
			Use  string `json:"use"`
		} `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, largestKeySet)).Decode(&set); err != nil {
		return 0, clock, errors.New("it answers with no JSON Web Key Set")
	}
	for _, key := range set.Keys {
		if slices.Contains([]string{"RSA", "EC", "OKP"}, key.Kind) && slices.Contains([]string{"sig", ""}, key.Use) {
			keys++
		}
	}
	return keys, clock, nil
}
