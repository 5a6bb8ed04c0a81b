package actors

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"slices"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Packets that await attachments have a bound for all clients together: who began first
// gives way, whoever is beside it goes on, and in the end nothing is held.
func TestPacketsThatAwaitAttachmentsAreBounded(t *testing.T) {
	const size = 40_000
	partials := quota.NewPartials(0, 3*size-1)
	n := newFixture(t).start(func(c *Config) { c.Partials = partials })
	const announced = `452-7["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`
	roomless := url.Values{"id_user": {"1"}}
	large := bytes.Repeat([]byte{1}, size)
	holds := func(want int) {
		t.Helper()
		actorstest.Eventually(t, "what is held", func() bool { return partials.Held()/size == want })
	}
	begins := func(attachment []byte) *client {
		t.Helper()
		c := n.dial(engineio.V4, n.Attend(roomless))
		c.says("40", announced)
		c.line.Receive(attachment, true)
		return c
	}

	small := begins(large[:1000])
	first := begins(large)
	holds(1)
	polls := n.polled(n.Attend(roomless))
	polls.posts(n, "40", announced, "b"+base64.StdEncoding.EncodeToString(large))
	for told := 0; told < 2; told += len(polls.polls(n)) { // that it is in, and in no room
	}
	holds(2)
	last := begins(large)
	if reason := first.ends(); reason != session.GaveWay {
		t.Errorf("it ended by %q", reason)
	}
	holds(2)
	if m := n.respondent.Moment(); m.GaveWay != 1 || m.PartialBytes != partials.Held() {
		t.Errorf("%d gave way and %d bytes are held, by the metrics", m.GaveWay, m.PartialBytes)
	}
	for _, c := range []*client{small, last} {
		c.line.Receive([]byte{2}, true)
		c.hears("437[")
	}
	holds(1)
	other := begins(large)
	holds(2)
	other.leaves() // in the middle of it
	holds(1)
	poll := polls.waits(n)
	begins(large)
	begins(large)
	if got := within(t, "the answer to a poll", poll); got.err != nil || !slices.Equal(got.packets, []string{"1"}) {
		t.Errorf("who polls is told %q, %v", got.packets, got.err)
	}
	polls.ends()
}
