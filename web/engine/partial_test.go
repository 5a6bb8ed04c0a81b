package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
)

// Messages that do not come to their end have a bound for all websockets together: who
// began first is closed, and told why; whoever is beside it goes on.
func TestMessagesThatDoNotEndAreBounded(t *testing.T) {
	const size = 40_000
	partials := quota.NewPartials(2*size-1, 0)
	s := newEchoSite(t, func(c *Config) { c.Partials = partials })
	begins := func(bytes int) *echoClient {
		t.Helper()
		c := s.connects("EIO=4&transport=websocket")
		c.Hear("0")
		_, err := c.NetConn().Write(fragment(1, "4"+strings.Repeat("x", bytes-1)))
		actorstest.Must(t, err)
		return c
	}
	holds := func(want int) {
		t.Helper()
		actorstest.Eventually(t, "what is held", func() bool { return partials.Held() == want })
	}

	small := begins(quota.SmallPartial)
	first := begins(size)
	holds(size)
	last := begins(size)
	var closed *websocket.CloseError
	if _, _, err := first.ReadMessage(); !errors.As(err, &closed) || closed.Code != websocket.CloseTryAgainLater || closed.Text != string(session.GaveWay) {
		t.Errorf("it ended by %v", err)
	}
	holds(size)
	for _, c := range []*echoClient{small, last} {
		_, err := c.NetConn().Write(frameOf(0, true, []byte("y")))
		actorstest.Must(t, err)
		c.Hear("4x")
		c.Say("4again")
		c.gets("4again")
	}
	holds(0)
	if n := partials.GaveWay(); n != 1 {
		t.Errorf("%d gave way", n)
	}
	begins(size).Close()
	actorstest.Eventually(t, "nothing to be held of who is gone", func() bool { return s.sockets.Count() == 2 && partials.Held() == 0 })
}
