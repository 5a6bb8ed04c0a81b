package actors

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
)

// limited has a client that may cause so much.
func limited(l quota.Limits) func(*socket.Wire) {
	return func(w *socket.Wire) {
		w.Limits = l
		w.Limits.Longest = w.MaxPayload
	}
}

// isRateLimited fails the test unless an answer says that the client has to wait, and
// for how long.
func isRateLimited(t *testing.T, answer, about string) {
	t.Helper()
	if !strings.HasPrefix(answer, `{"ok":false,"error":"`+about) || !strings.Contains(answer, ": wait for ") ||
		!strings.HasSuffix(answer, `"code":"rate_limited"}`) {
		t.Errorf("answered %s", answer)
	}
}

// A small event costs what it causes: here twenty others hear of it, once or in each of
// two rooms, half of them on another node.
func TestSenderPaysForWhatItCauses(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	little := limited(quota.Limits{FanOut: 600}) // 6 kB for a moment, of which its own joins take 2 or 3
	speaker, teller := nodes[0].connects("Maths", "1", little), nodes[0].connects("Physics", "2", little)
	teller.joins("Chemistry")
	var listeners []*client
	for i := range 20 {
		c := nodes[i%2].connects("Maths", fmt.Sprint(3+i%8))
		c.joins("Physics")
		c.joins("Chemistry")
		listeners = append(listeners, c)
	}
	const why = "What your events cause to be sent to others is more than this server takes from one client"
	asks := func(c *client, most, rooms int, event string, args ...string) {
		t.Helper()
		taken := 0
		for answer := ""; taken <= most; taken++ {
			if answer = c.asks(event, args...); answer == `{"ok":true}` {
				for _, l := range listeners {
					l.awaits("to be told", func() bool { return len(l.got(`42["`+event+`"`)) == (taken+1)*rooms })
				}
				continue
			}
			isRateLimited(t, answer, why)
			break
		}
		if taken == 0 || taken > most {
			t.Errorf("%d of %s were taken, want 1 to %d", taken, event, most)
		}
	}
	asks(speaker, 4, 1, "message", `"Maths"`, `"hi"`) // 22 × 260 each, which is 9 s
	asks(teller, 3, 2, "identity-change", `{"x":1}`)  // 2 × 22 × 260
	// The others are none of its business.
	if answer := listeners[0].asks("message", `"Maths"`, `"hello"`); answer != `{"ok":true}` {
		t.Errorf("another is answered %s", answer)
	}
}

// Whatever a client pushes, those who listen hear of its moves no more often than it may
// move.
func TestJoinsAndLeavesHaveARate(t *testing.T) {
	n := newFixture(t).start()
	listener := n.connects("Maths", "2")
	const moment = 10 * 2 // of two a second
	for _, way := range []string{"join", "connect"} {
		t.Run(way, func(t *testing.T) {
			before := len(listener.events())
			c := n.connects("Maths", "1", limited(quota.Limits{Moves: 2}))
			for range 25 { // few enough to be on their way all at once
				if way == "join" {
					c.says(`42["leave","Maths"]`, `42["join","Maths"]`)
				} else {
					c.says("41", "40")
				}
			}
			c.leaves()
			c.ends()
			actorstest.Eventually(t, "it to be gone", func() bool { return n.Sockets().Count() == 1 })
			marker := n.connects("Maths", "3")
			listener.hears(connected(marker)) // after all that came before it
			marker.leaves()
			listener.hears(disconnected(marker))
			if heard := len(listener.events()) - before - 2; heard < moment-4 || heard > moment+10 {
				t.Errorf("the listener heard of %d moves, want about %d", heard, moment)
			}
		})
	}
}

// What has more bytes than an identity-change may have is refused for its size, whatever
// else is wrong with it: it is not looked into.
func TestIdentityChangeIsSmall(t *testing.T) {
	n := newFixture(t).start(func(c *Config) { c.MaxIdentityChange = 1000 })
	c, listener := n.connects("Maths", "1"), n.connects("Maths", "2")
	for _, args := range []string{
		`{"x":"` + strings.Repeat("x", 1000) + `"}`,
		`{` + strings.Repeat(`"k":1,`, 100_000) + `"k":1}`,
		`"` + strings.Repeat("x", 1000) + `"`, // no object at all
		`{},"` + strings.Repeat("x", 1000) + `"`,
	} {
		if answer := c.asks("identity-change", args); !strings.Contains(answer, "at most 1000 bytes") || !strings.Contains(answer, "message_too_long") {
			t.Errorf("%.20s is answered %s", args, answer)
		}
	}
	if answer := c.asks("identity-change", `{"x":"`+strings.Repeat("x", 900)+`"}`); answer != `{"ok":true}` {
		t.Errorf("answered %s", answer)
	}
	listener.hears(`42["identity-change"`)
}

// An event that is much too long is refused by its name and size, before anybody sees
// whether it is JSON.
func TestLongEventsAreRefusedUnread(t *testing.T) {
	n := newFixture(t).start()
	sized := func(w *socket.Wire) { w.LongestEvent = func(e []byte) int { return n.LongestEvent(e, w.Outbound) } }
	c := n.connects("Maths", "1", sized)
	no := strings.Repeat("[", 600_000)
	for _, event := range []string{"identity-change", "join", "leave", "message", "of another kind"} {
		if answer := c.asks(event, no); !strings.Contains(answer, "message_too_long") || !strings.Contains(answer, "has at most") {
			t.Errorf("%s is answered %s", event, answer)
		}
	}
	// What is not too long passes the one rule and the other.
	long := `"` + strings.Repeat("x", DefaultMaxIdentityChange-2-len(`{"a":}`)) + `"`
	if answer := c.asks("identity-change", `{"a":`+long+`}`); answer != `{"ok":true}` {
		t.Errorf("answered %s", answer)
	}
	long = `"` + strings.Repeat("x", 512<<10-2-len(`"Maths"`)) + `"`
	if answer := c.asks("message", `"Maths"`, long); answer != `{"ok":true}` {
		t.Errorf("answered %s", answer)
	}
}

// Of what wants no answer nothing is said, and it is counted.
func TestRefusedEventsAreCounted(t *testing.T) {
	n := newFixture(t).start()
	c := n.connects("Maths", "1", limited(quota.Limits{FanOut: 10})) // its join is more than it may cause
	isRateLimited(t, c.asks("join", `"Physics"`), "What your events")
	c.says(`42["join","Physics"]`)
	isRateLimited(t, c.asks("anything"), "What your events")
	if m := &n.metrics.RateLimited; m.Refused.Load() != 2 || m.Dropped.Load() != 1 || m.Closed.Load() != 0 {
		t.Errorf("%d were refused, %d dropped, %d clients closed", m.Refused.Load(), m.Dropped.Load(), m.Closed.Load())
	}
}

// Who has to wait for what its events caused is not taken for dead meanwhile, and what it
// said is taken then.
func TestDebtIsNoSilence(t *testing.T) {
	n := newFixture(t).start()
	impatient := func(w *socket.Wire) {
		limited(quota.Limits{Changes: 10})(w)
		w.Heartbeat = session.Heartbeat{Interval: 50 * time.Millisecond, Timeout: 100 * time.Millisecond}
	}
	c := n.connects("Maths", "1", impatient)
	began := time.Now()
	for i := range 30 { // 20 more than one may who has just connected: 2 s
		c.says("3", fmt.Sprintf(`42%d["identity-change",{}]`, 100+i))
	}
	for i := range 30 {
		if answer := c.answer(100 + i); answer != `{"ok":true}` {
			t.Fatalf("number %d is answered %s", i, answer)
		}
	}
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("taken in %v", took)
	}
	c.leaves()
}

// A client that waits for each answer is slowed down for as long as it likes.
func TestWhoWaitsForAnswersIsNotRefused(t *testing.T) {
	n := newFixture(t).start()
	c := n.connects("Maths", "1", limited(quota.Limits{Moves: 10}))
	for range 105 { // five more than a moment allows: 0.5 s
		if answer := c.asks("join", `"Maths"`); !strings.HasPrefix(answer, `{"ok":true`) {
			t.Fatalf("answered %s", answer)
		}
	}
}
