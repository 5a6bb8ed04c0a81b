//go:build unix

package faults

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

// renames gives users new names, one after the other, and watches that each that
// was acknowledged raised the version by one, and each that was refused did not.
type renames struct {
	crowd *crowd

	mu      sync.Mutex       // held as long as a rename is under way
	version map[string]int64 // known for sure
	pending map[string]bool  // a rename without an answer: a node that stands still may do it when it goes on
	round   int
	wrong   []string
	tally
}

// tally counts renames.
type tally struct {
	done       int // acknowledged
	refused    int // with a problem
	unanswered int // in time
}

// storePatience is more than a node waits for its database (identity.LongestWait).
const storePatience = 10 * time.Second

func newRenames(c *crowd) *renames {
	r := &renames{crowd: c, version: make(map[string]int64), pending: make(map[string]bool)}
	for user := range users {
		r.version[strconv.Itoa(user+1)] = 1
	}
	return r
}

// run renames until ctx ends.
func (r *renames) run(ctx context.Context, random *rand.Rand) {
	again := time.NewTicker(r.crowd.rename)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			node, user := r.crowd.nodes[random.IntN(len(r.crowd.nodes))], strconv.Itoa(1+random.IntN(users))
			r.crowd.quiet.RLock()
			r.once(ctx, node, user)
			r.crowd.quiet.RUnlock()
		case <-ctx.Done():
			return
		}
	}
}

// between does something while no rename is under way.
func (r *renames) between(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
}

// once renames a user, and reports whether that was acknowledged. What becomes of a
// request without an answer, and when, is not known: so nothing is expected of that
// user's version until all is quiet again.
func (r *renames) once(ctx context.Context, node *harness.Node, user string) (done bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.round++
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	body := fmt.Sprintf(`{"name":"User %s, round %d"}`, user, r.round)
	begun := r.crowd.recorder.Now()
	answer, err := r.crowd.do(ctx, http.MethodPut, node.URL("/users/"+user), body)
	before, sure := r.version[user]
	switch {
	case err != nil:
		r.unanswered++
		r.pending[user] = true
		r.crowd.recorder.Doubt(user)
	case answer.status == http.StatusNoContent:
		var now int64
		if _, err := fmt.Sscanf(answer.header.Get("ETag"), `"%d"`, &now); err != nil {
			r.complain("%s: ETag %q", node.Name, answer.header.Get("ETag"))
			return true
		}
		if sure && !r.pending[user] && now != before+1 {
			r.complain("user %s went from version %d to %d by one rename that was acknowledged", user, before, now)
		}
		r.version[user] = now
		r.done++
		r.crowd.recorder.Renamed(user, now, begun)
		return true
	default:
		r.refused++
		if !answer.refuses() {
			r.complain("%s refused a rename so: %v", node.Name, answer)
		}
	}
	return false
}

func (r *renames) complain(format string, a ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf(format, a...))
}

// take returns what was done since it was last asked, and what was wrong. It is quiet:
// whatever was pending has been done, or never will be.
func (r *renames) take() (counted tally, wrong []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	counted, wrong = r.tally, r.wrong
	r.tally, r.wrong = tally{}, nil
	maps.DeleteFunc(r.version, func(user string, _ int64) bool { return r.pending[user] })
	clear(r.pending)
	return counted, wrong
}
