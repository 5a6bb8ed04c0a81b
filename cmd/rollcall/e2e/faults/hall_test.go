//go:build unix

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/wsclient"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// hall is a room in which clients at all nodes tell each other numbers, by events
// identity-change of their own. Each number is said once.
type hall struct {
	guests []*guest
	said   int
}

// guest is a client in a hall, that counts what it is told.
type guest struct {
	name string // of its node, and its number
	conn *wsclient.Conn

	mu       sync.Mutex
	heard    map[int]int   // how often, by the number
	versions map[int64]int // likewise, of renames
	failed   error         // why it hears no more
	own      map[int]bool  // which it said itself
	ended    chan struct{}
}

// open has guests at every node, all as user 1.
func open(t testing.TB, nodes []*harness.Node, each int) *hall {
	t.Helper()
	h := new(hall)
	for _, n := range nodes {
		for i := range each {
			h.guests = append(h.guests, enterHall(t, n, i))
		}
	}
	return h
}

func enterHall(t testing.TB, n *harness.Node, number int) *guest {
	t.Helper()
	g := &guest{
		name: fmt.Sprintf("guest %d at %s", number, n.Name), heard: make(map[int]int),
		versions: make(map[int64]int), own: make(map[int]bool), ended: make(chan struct{}),
	}
	query := url.Values{"EIO": {"4"}, "transport": {"websocket"}, "room": {"hall"}, "id_user": {"1"}}
	ctx, cancel := context.WithTimeout(t.Context(), crowd.Patience)
	defer cancel()
	var err error
	if g.conn, err = wsclient.Dial(ctx, n.Addr, "/socket.io/?"+query.Encode(), 1024); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = g.conn.Close()
		<-g.ended
	})
	welcome := make(chan struct{})
	go g.listen(welcome)
	select {
	case <-welcome:
	case <-g.ended:
		t.Fatalf("%s was not welcomed: %v", g.name, g.failed)
	case <-ctx.Done():
		t.Fatalf("%s was not welcomed in time", g.name)
	}
	return g
}

func (g *guest) listen(welcome chan struct{}) {
	defer close(g.ended)
	for {
		message, err := g.conn.NextEvent()
		switch {
		case err != nil:
		case bytes.HasPrefix(message, []byte("0{")):
			err = g.conn.Send([]byte("40"))
		case bytes.HasPrefix(message, []byte(`42["handshake",`)):
			close(welcome)
		case bytes.HasPrefix(message, []byte(`42["identity-change",`)):
			err = g.hear(message[2:])
		}
		if err != nil {
			g.mu.Lock()
			g.failed = err
			g.mu.Unlock()
			return
		}
	}
}

func (g *guest) hear(event []byte) error {
	var told struct {
		N       int
		Version int64
	}
	if err := json.Unmarshal(event, &[]any{new(string), &told}); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if told.N > 0 {
		g.heard[told.N]++
	} else {
		g.versions[told.Version]++
	}
	return nil
}

// says has a guest say the next number.
func (h *hall) says(t testing.TB, g *guest) {
	t.Helper()
	h.said++
	g.mu.Lock()
	g.own[h.said] = true
	g.mu.Unlock()
	if err := g.conn.Send(fmt.Appendf(nil, `42["identity-change",{"n":%d}]`, h.said)); err != nil {
		t.Fatalf("%s: %v", g.name, err)
	}
}

// talk has guests say numbers, one after the other, for a while.
func (h *hall) talk(t testing.TB, during, pause time.Duration, guests ...*guest) {
	t.Helper()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i, end := 0, time.Now().Add(during); time.Now().Before(end); i++ {
		h.says(t, guests[i%len(guests)])
		<-tick.C
	}
}

// wrong says what a guest has not heard once: all but its own numbers.
func (h *hall) wrong(g *guest) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var lacks, twice []int
	for n := 1; n <= h.said; n++ {
		switch {
		case g.heard[n] == 0 && !g.own[n]:
			lacks = append(lacks, n)
		case g.heard[n] > 1, g.own[n] && g.heard[n] > 0:
			twice = append(twice, n)
		}
	}
	switch {
	case g.failed != nil:
		return fmt.Errorf("%s was cut off: %w", g.name, g.failed)
	case len(lacks) > 0 || len(twice) > 0:
		return fmt.Errorf("%s lacks %d of %d: %v; and heard too often %v", g.name, len(lacks), h.said, lacks, twice)
	}
	return nil
}

// allHeard tells whether each guest heard everything once.
func (h *hall) allHeard() error {
	for _, g := range h.guests {
		if err := h.wrong(g); err != nil {
			return err
		}
	}
	return nil
}

// at returns a guest at a node.
func (h *hall) at(n *harness.Node) *guest {
	i := slices.IndexFunc(h.guests, func(g *guest) bool { return g.name == "guest 0 at "+n.Name })
	return h.guests[i]
}

// knows tells whether a guest was told of a version of the user once.
func (g *guest) knows(version int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := g.versions[version]; n != 1 {
		return fmt.Errorf("%s was told of version %d %d times; of %v at all", g.name, version, n, slices.Sorted(maps.Keys(g.versions)))
	}
	return nil
}
