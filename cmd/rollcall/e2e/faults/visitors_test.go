//go:build unix

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/wsclient"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// comeback is how long a visitor waits before it tries the next node.
const comeback = 30 * time.Millisecond

// visit is one connection of a visitor, from its handshake on.
type visit struct {
	room, user, node string
	began            time.Time

	mu    sync.Mutex
	ended time.Time      // zero while it lasts
	heard map[string]int // how often, by the event
}

// visitors are clients that come back whenever their connection ends, each at the next
// node.
type visitors struct {
	mu     sync.Mutex
	visits []*visit
}

const visitedRooms = 3 // and ten users

// invite has visitors come to all nodes, until the test ends.
func invite(t testing.TB, nodes []*harness.Node, count int) *visitors {
	t.Helper()
	v := new(visitors)
	ctx, stop := context.WithCancel(t.Context())
	var coming sync.WaitGroup
	for i := range count {
		coming.Go(func() {
			for at := i; ctx.Err() == nil; at++ {
				_ = v.visit(ctx, nodes[at%len(nodes)], fmt.Sprint("orders ", i%visitedRooms), strconv.Itoa(1+i%10))
				crowd.Wait(ctx, comeback)
			}
		})
	}
	t.Cleanup(func() {
		stop()
		coming.Wait()
	})
	harness.Eventually(t, harness.Patience, func() error {
		if here := len(v.all()); here < count {
			return fmt.Errorf("%d of %d visitors are here", here, count)
		}
		return nil
	})
	return v
}

// all returns the visits so far.
func (v *visitors) all() []*visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.visits)
}

// visit lasts until the connection ends.
func (v *visitors) visit(ctx context.Context, n *harness.Node, room, user string) error {
	dialing, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	query := url.Values{"EIO": {"4"}, "transport": {"websocket"}, "room": {room}, "id_user": {user}}
	conn, err := wsclient.Dial(dialing, n.Addr, "/socket.io/?"+query.Encode(), 1024)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer conn.Close()
	here := &visit{room: room, user: user, node: n.Name, heard: make(map[string]int)} // it may hear something before its handshake
	for {
		message, err := conn.NextEvent()
		switch {
		case err != nil:
		case bytes.HasPrefix(message, []byte("0{")):
			err = conn.Send([]byte("40"))
		case bytes.HasPrefix(message, []byte(`42["handshake",`)):
			here.began = time.Now()
			v.mu.Lock()
			v.visits = append(v.visits, here)
			v.mu.Unlock()
		case bytes.HasPrefix(message, []byte(`42["order `)):
			err = here.hear(message[2:])
		}
		if err != nil {
			here.end()
			return err
		}
	}
}

func (h *visit) hear(event []byte) error {
	var name string
	if err := json.Unmarshal(event, &[]any{&name}); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard[name]++
	return nil
}

func (h *visit) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = time.Now()
}
