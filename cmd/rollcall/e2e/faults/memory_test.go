//go:build unix

package faults

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	// silence is for how long a node takes nothing in the scenes.
	silence = 30 * time.Second

	// The loud client of each node sends that much. It goes to all other nodes: what
	// a silent one has not taken is 39 MB for each of them in the end.
	messageSize  = 64 << 10
	messageEvery = 50 * time.Millisecond
)

// heavy is a crowd that gives nodes much to tell each other.
func heavy() crowd.Size {
	return crowd.Size{Rooms: 3, Residents: 36, Churners: 16, Stay: 400 * time.Millisecond, Ask: 30 * time.Millisecond, Rename: 100 * time.Millisecond}
}

// talk has a client of each node send long messages to a room of which it is the only
// member, until stop is called. Each goes to all nodes, and to nobody there.
func (s *stage) talk(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var talking sync.WaitGroup
	stop = sync.OnceFunc(func() { cancel(); talking.Wait() })
	t.Cleanup(stop)
	for i, n := range s.crowd.Nodes {
		room := "loud at " + n.Name
		message := fmt.Appendf(nil, `42["message",%q,%q]`, room, bytes.Repeat([]byte("blah"), messageSize/4))
		entering, entered := context.WithTimeout(ctx, crowd.Patience)
		client, err := crowd.Connect(entering, s.crowd.Recorder, n.Addr, room, strconv.Itoa(1+i))
		entered()
		if err != nil {
			t.Fatal(err)
		}
		talking.Go(func() {
			<-ctx.Done()
			client.Leave(false) // which ends a Send that waits
		})
		talking.Go(func() {
			again := time.NewTicker(messageEvery)
			defer again.Stop()
			for ctx.Err() == nil && client.Conn.Send(message) == nil {
				<-again.C
			}
		})
	}
	return stop
}

// quietened has a node take nothing for a while, under heavy traffic, and fails if
// another one grows for it. silent returns how that ends.
func quietened(silent func(testing.TB, *stage, *harness.Node) (end func())) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		victim := s.victim()
		others := s.cluster.Others(victim)
		hush := s.talk(t)
		pass(t, whileUp) // what grows first is no backlog
		calm := s.crowd.Watch(t, others)
		pass(t, silence/2)
		before := calm()
		end := silent(t, s, victim)
		most := s.crowd.Watch(t, others)
		pass(t, silence)
		end()
		silenced := most()
		relieved := s.crowd.Watch(t, others)
		pass(t, silence/2)
		after := relieved()
		hush()

		var table strings.Builder
		w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "MB, at most\tbefore\twhile a peer takes nothing\tafter\t")
		for _, n := range others {
			fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\t\n", n.Name, before[n.Name]/1e6, silenced[n.Name]/1e6, after[n.Name]/1e6)
		}
		_ = w.Flush() // into memory
		growth := max(silenced.Above(before), after.Above(before))
		t.Logf("a healthy node grew by %.0f MB at most\n%s", growth/1e6, table.String())
		if growth > hoardLimit {
			t.Errorf("a healthy node grew by %.0f MB while %s took nothing", growth/1e6, victim.Name)
		}
		pass(t, whileUp)
	}
}

// hoardLimit is by how many bytes a node may grow for a peer that takes nothing. What
// waits for one is bounded by 64 MiB (actors/membership/remoting/backlog.go), but it is evicted,
// or its connection given up, long before that. Tried on two cores: 5 to 12 MB, 18 MB at
// most while others wanted the machine; 124 MB for a build that keeps what it sends.
const hoardLimit = 48 << 20

// What a frozen peer does not take does not fill the memory of the others.
func TestAFrozenPeerFillsNobodysMemory(t *testing.T) {
	longOnly(t, "the memory of those who have a frozen peer")
	s := setUpLocal(t, heavy(), crowd.Operated()...)
	s.play(t, scene{name: "frozen for 30 s, heavy traffic", play: quietened(stiff)})
	s.report(t)
}
