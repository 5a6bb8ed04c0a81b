//go:build unix

package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	// rollDeadline is that of the product.
	rollDeadline = 250 * time.Millisecond

	// httpMargin is what a request may take besides the roll call, on a busy machine.
	httpMargin = 500 * time.Millisecond

	// evictionLimit is the time after which a node that died or froze is in
	// nobody's way, and everybody has been told of its sockets.
	evictionLimit = 2 * time.Second
)

// observation is a roll that a watch saw.
type observation struct {
	at   time.Time // when it was asked for
	node *harness.Node
	harness.Roll
}

// watch calls the roll on some nodes, over and over.
type watch struct {
	stop    chan struct{}
	running sync.WaitGroup

	mu   sync.Mutex
	seen []observation
	errs []error
}

// watchRolls begins to call the roll of a room on each of the nodes.
func watchRolls(nodes []*harness.Node, room string) *watch {
	w := &watch{stop: make(chan struct{})}
	for _, n := range nodes {
		w.running.Go(func() {
			again := time.NewTicker(20 * time.Millisecond)
			defer again.Stop()
			for {
				at := time.Now()
				roll, err := n.Roll(room)
				w.note(observation{at, n, roll}, err)
				select {
				case <-again.C:
				case <-w.stop:
					return
				}
			}
		})
	}
	return w
}

func (w *watch) note(o observation, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.errs = append(w.errs, err)
		return
	}
	w.seen = append(w.seen, o)
}

// end stops the watch and returns what it has seen. The test fails if a roll
// could not be had at all.
func (w *watch) end(t testing.TB) []observation {
	t.Helper()
	close(w.stop)
	w.running.Wait()
	for _, err := range w.errs {
		t.Error(err)
	}
	return w.seen
}

// judgeLoss checks the rolls that were called while a node was silent. Each holds
// exactly the sockets of the nodes that answered, and says that the silent node is
// missing, or lost, or both if it was evicted meanwhile. Each comes by its deadline, no other node is missing, and from
// evictionLimit on the silent one is not waited for.
func (l *late) judgeLoss(t testing.TB, seen []observation, silent *harness.Node, began time.Time, here []*attendee) {
	t.Helper()
	incomplete := 0
	var last time.Duration // when the last incomplete roll was asked for
	for _, o := range seen {
		after := o.at.Sub(began).Round(time.Millisecond)
		roll := fmt.Sprintf("%v after %s fell silent, a roll by %s, of %s nodes, missing %v, lost %v,",
			after, silent.Name, o.node.Name, o.Nodes, o.Missing, o.Lost)
		if !slices.Contains(o.Missing, silent.Name) && !slices.Contains(o.Lost, silent.Name) {
			t.Errorf("%s does not name the silent node", roll)
		}
		answered := slices.DeleteFunc(slices.Clone(here), func(a *attendee) bool {
			return a.node == silent || slices.Contains(o.Missing, a.node.Name) || slices.Contains(o.Lost, a.node.Name)
		})
		if want := seats(answered...); !maps.Equal(o.Users, want) {
			t.Errorf("%s holds %v, want %v", roll, o.Users, want)
		}
		switch {
		case slices.ContainsFunc(append(o.Missing, o.Lost...), func(name string) bool { return name != silent.Name }):
			l.note("%s names another node", roll)
		case o.Took > rollDeadline+httpMargin:
			l.note("%s took %v", roll, o.Took)
		case !o.Complete && after > evictionLimit:
			l.note("%s waits for the node", roll)
		}
		if !o.Complete {
			incomplete, last = incomplete+1, max(last, after)
		}
	}
	t.Logf("%d rolls, %d incomplete, the last %v after %s fell silent", len(seen), incomplete, last, silent.Name)
	if incomplete == 0 {
		l.note("no roll was called before the eviction")
	}
}

// insists checks that who requires a complete roll, before the silent node is
// evicted, gets an error that names it.
func (l *late) insists(t testing.TB, node *harness.Node, room string, silent *harness.Node) {
	t.Helper()
	answer, err := node.Do(http.MethodGet, "/"+room+"/users?require=complete", "")
	switch {
	case err != nil:
		t.Fatal(err)
	case answer.Status == http.StatusOK && strings.Contains(answer.Header.Get("Rollcall-Lost"), silent.Name):
		l.note("a complete roll was asked for after the eviction")
	case answer.Status != http.StatusServiceUnavailable || !strings.Contains(answer.Body, silent.Name) ||
		answer.Header.Get("Content-Type") != "application/problem+json":
		t.Errorf("an incomplete roll, where a complete one was required: %d %v %s", answer.Status, answer.Header, answer.Body)
	}
}

// toldOnce checks that every client was told that these sockets are gone: once
// each, and within evictionLimit.
func (l *late) toldOnce(t testing.TB, audience, gone []*attendee, since time.Time) {
	t.Helper()
	for _, g := range gone {
		hears(t, audience, "socket-disconnected", g.id, g.user)
	}
	for _, a := range audience {
		for _, g := range gone {
			told := a.told("socket-disconnected", g.id)
			if len(told) != 1 {
				t.Errorf("%v was told %d times that %v is gone", a, len(told), g)
			}
			if took := told[0].At.Sub(since); took > evictionLimit {
				l.note("%v was told after %v that %v is gone", a, took, g)
			}
		}
	}
}
