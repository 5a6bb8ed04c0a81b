//go:build unix

package crowd

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Renames gives users new names, one after the other, and watches that each that
// was acknowledged raised the version by one, and each that was refused did not.
type Renames struct {
	crowd *Crowd

	mu      sync.Mutex       // held as long as a rename is under way
	Version map[string]int64 // known for sure
	pending map[string]bool  // a rename without an answer: a node that stands still may do it when it goes on
	round   int
	wrong   []string
	Tally
}

// Tally counts renames.
type Tally struct {
	Done       int // acknowledged
	Refused    int // with a problem
	Unanswered int // in time
}

// StorePatience is more than a node waits for its database (identity.LongestWait).
const StorePatience = 10 * time.Second

func newRenames(c *Crowd) *Renames {
	r := &Renames{crowd: c, Version: make(map[string]int64), pending: make(map[string]bool)}
	for user := range Users {
		r.Version[strconv.Itoa(user+1)] = 1
	}
	return r
}

// run renames until ctx ends.
func (r *Renames) run(ctx context.Context, random *rand.Rand) {
	again := time.NewTicker(r.crowd.Rename)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			node, user := r.crowd.Nodes[random.IntN(len(r.crowd.Nodes))], strconv.Itoa(1+random.IntN(Users))
			r.crowd.quiet.RLock()
			r.Once(ctx, node, user)
			r.crowd.quiet.RUnlock()
		case <-ctx.Done():
			return
		}
	}
}

// Between does something while no rename is under way.
func (r *Renames) Between(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
}

// Once renames a user, and reports whether that was acknowledged. What becomes of a
// request without an answer, and when, is not known: so nothing is expected of that
// user's version until all is quiet again.
func (r *Renames) Once(ctx context.Context, node *harness.Node, user string) (done bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.round++
	ctx, cancel := context.WithTimeout(ctx, StorePatience)
	defer cancel()
	body := fmt.Sprintf(`{"name":"User %s, round %d"}`, user, r.round)
	begun := r.crowd.Recorder.Now()
	answer, err := r.crowd.Do(ctx, http.MethodPut, node.URL("/users/"+user), body)
	before, sure := r.Version[user]
	switch {
	case err != nil:
		r.Unanswered++
		r.pending[user] = true
		r.crowd.Recorder.Doubt(user)
	case answer.Status == http.StatusNoContent:
		var now int64
		if _, err := fmt.Sscanf(answer.Header.Get("ETag"), `"%d"`, &now); err != nil {
			r.complain("%s: ETag %q", node.Name, answer.Header.Get("ETag"))
			return true
		}
		if sure && !r.pending[user] && now != before+1 {
			r.complain("user %s went from version %d to %d by one rename that was acknowledged", user, before, now)
		}
		r.Version[user] = now
		r.Done++
		r.crowd.Recorder.Renamed(user, now, begun)
		return true
	default:
		r.Refused++
		if !answer.Refuses() {
			r.complain("%s refused a rename so: %v", node.Name, answer)
		}
	}
	return false
}

func (r *Renames) complain(format string, a ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf(format, a...))
}

// Take returns what was done since it was last asked, and what was wrong. It is quiet:
// whatever was pending has been done, or never will be.
func (r *Renames) Take() (counted Tally, wrong []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	counted, wrong = r.Tally, r.wrong
	r.Tally, r.wrong = Tally{}, nil
	maps.DeleteFunc(r.Version, func(user string, _ int64) bool { return r.pending[user] })
	clear(r.pending)
	return counted, wrong
}
