package socket

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/engineio"
)

// journey is a client of one session that makes each request of any node, as the
// protocol lets it: one poll at a time, and one websocket.
type journey struct {
	t     *testing.T
	nodes []*testNode
	r     *roamer

	sent   int      // messages, which are numbered
	polled []string // those that came back by polling
	wait   <-chan result
	claim  *Claim
	probed bool
	ws     *client // once it has taken over
	cut    bool    // what a poll brought was lost, and with it the session
}

func (j *journey) any(t *rapid.T) *testNode { return rapid.SampledFrom(j.nodes).Draw(t, "node") }

// next numbers some more messages.
func (j *journey) next(t *rapid.T) []string {
	packets := make([]string, rapid.IntRange(1, 5).Draw(t, "messages"))
	for i := range packets {
		packets[i] = numbered(j.sent)
		j.sent++
	}
	return packets
}

func numbered(i int) string { return fmt.Sprintf("4%d", i) }

// heard returns what has come back.
func (j *journey) heard() []string {
	if j.ws == nil {
		return j.polled
	}
	return slices.Concat(j.polled, j.ws.got(""))
}

// polls reports whether the session is there and polls.
func (j *journey) polls() bool { return !j.cut && j.ws == nil }

// answerable reports whether a poll need not wait.
func (j *journey) answerable() bool { return len(j.polled) < j.sent || j.probed }

func (j *journey) post(t *rapid.T) {
	if j.polls() {
		j.r.posts(j.any(t), j.next(t)...)
	}
}

// poll begins a poll, and takes the answer unless it has to wait for one.
func (j *journey) poll(t *rapid.T) {
	if !j.polls() {
		return
	}
	if j.wait == nil {
		j.wait = j.r.waits(j.any(t))
	}
	if j.answerable() {
		j.collect()
	}
}

func (j *journey) collect() {
	got := within(j.t, "the answer to a poll", j.wait)
	actorstest.Must(j.t, got.err)
	j.polled = append(j.polled, withoutNoops(got.packets)...)
	j.wait = nil
}

// lose makes a poll whose answer does not arrive.
func (j *journey) lose(t *rapid.T) {
	if !j.polls() || j.wait != nil || !j.answerable() || rapid.IntRange(0, 3).Draw(t, "luck") > 0 {
		return // it would be the end of most sessions
	}
	_ = j.any(t).Sockets().Poll(j.t.Context(), j.r.sid, func(payload []byte) error {
		j.cut = string(payload) != noopPacket // whose loss is none
		return io.ErrClosedPipe
	})
}

func (j *journey) claims(t *rapid.T) {
	if !j.polls() {
		return
	}
	at := j.any(t)
	if j.claim != nil {
		if _, err := at.Sockets().Claim(j.t.Context(), j.r.sid); !errors.Is(err, engineio.BadRequest) {
			j.t.Errorf("a second websocket: %v", err)
		}
		return
	}
	actorstest.Eventually(j.t, "an abandoned claim to be forgotten", func() bool {
		var err error
		j.claim, err = at.Sockets().Claim(j.t.Context(), j.r.sid)
		return err == nil
	})
}

func (j *journey) probe(*rapid.T) {
	if j.polls() && j.claim != nil {
		j.claim.Probed()
		j.probed = true
	}
}

func (j *journey) abandon(*rapid.T) {
	if j.polls() && j.claim != nil {
		j.claim.Abandon()
		j.claim, j.probed = nil, false
	}
}

// upgrade has the websocket take over, when no poll waits any more.
func (j *journey) upgrade(*rapid.T) {
	if !j.polls() || !j.probed {
		return
	}
	if j.wait != nil {
		j.collect()
	}
	j.ws = j.r.takesOver(j.claim)
}

func (j *journey) say(t *rapid.T) {
	if j.ws != nil {
		j.ws.says(j.next(t)...)
	}
}

func (j *journey) pollLate(t *rapid.T) {
	if j.ws != nil {
		j.r.refused(j.any(t), engineio.BadRequest)
	}
}

// isExact fails the test unless what has come back is what was sent first.
func (j *journey) isExact(t *rapid.T) {
	heard := j.heard()
	for i, got := range heard {
		if i >= j.sent || got != numbered(i) {
			t.Fatalf("%d messages came back as %q", j.sent, heard)
		}
	}
}

// ends the session, once all has come back unless it was cut.
func (j *journey) ends(t *rapid.T) {
	switch {
	case j.cut:
	case j.ws != nil:
		j.ws.awaits("all messages", func() bool { return len(j.heard()) >= j.sent })
		j.ws.leaves()
	default:
		for len(j.polled) < j.sent {
			j.poll(t)
		}
		j.r.posts(j.any(t), "1")
		if j.wait != nil {
			j.collect()
		}
		_, _ = j.r.poll(j.any(t), delivered) // a client that did not wait is told still
	}
	j.isExact(t)
	if !j.cut && len(j.heard()) != j.sent {
		t.Fatalf("%d of %d messages came back", len(j.heard()), j.sent)
	}
	j.r.ends()
	for _, n := range j.nodes {
		j.r.refused(n, engineio.UnknownSession)
	}
}

// Polls, posts, cuts, claims and upgrades from two nodes: each message comes back
// at most once and in order, and nothing is lost unless a poll is.
func TestSessionIsExactWhereverItsRequestsCome(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	rapid.Check(t, func(t *rapid.T) {
		j := &journey{t: nodes[0].t, nodes: nodes, r: nodes[0].polled(nil)}
		t.Repeat(map[string]func(*rapid.T){
			"":        j.isExact,
			"post":    j.post,
			"poll":    j.poll,
			"lose":    j.lose,
			"claim":   j.claims,
			"probe":   j.probe,
			"abandon": j.abandon,
			"upgrade": j.upgrade,
			"say":     j.say,
			"late":    j.pollLate,
		})
		j.ends(t)
	})
	for _, n := range nodes {
		actorstest.Eventually(t, "nothing to be left", func() bool { return n.Sockets().Count() == 0 && n.Sockets().carried.count() == 0 })
		if n.Panics() != 0 {
			t.Errorf("%d panics", n.Panics())
		}
	}
}
