package socket

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/problem"
)

// asker is an application that waits for something elsewhere when its client connects,
// and says "ask". Everything else it answers at once.
type asker struct {
	echo

	socket *Socket       // once it was asked to connect
	begun  chan struct{} // gets a value for each time
	answer chan error    // what comes of it
}

func newAsker() *asker {
	return &asker{
		echo: echo{left: make(chan session.Reason, 1)}, begun: make(chan struct{}, 1), answer: make(chan error, 1),
	}
}

func (a *asker) ask() error {
	a.begun <- struct{}{}
	return <-a.answer
}

func (a *asker) Connect(s *Socket, _ string, _ json.RawMessage, answer func(error)) {
	a.socket = s
	s.Await(a.ask, answer)
}

func (a *asker) Event(s *Socket, e session.Event) {
	if e.Name != "ask" {
		a.echo.Event(s, e)
		return
	}
	s.Await(a.ask, func(err error) { s.Acknowledge(e, Acknowledgement(err)) })
}

// asks connects a client whose application then waits for an answer to "ask".
func (n *testNode) asks() (*asker, *client) {
	n.t.Helper()
	a := newAsker()
	c := n.dial(engineio.V4, a)
	c.says("40")
	within(n.t, "Connect to be asked", a.begun)
	if early := c.got("40"); len(early) > 0 {
		n.t.Errorf("it is let in by %q before the answer", early)
	}
	a.answer <- nil
	c.hears("40")
	c.says(`421["ask"]`, `422["then"]`)
	within(n.t, "the question", a.begun)
	return a, c
}

// While its application waits, a socket does everything but what its client said after
// that, whose order is kept.
func TestASocketGoesOnWhileItsApplicationWaits(t *testing.T) {
	n := newFixture(t).start()
	a, c := n.asks()
	done := make(chan struct{})
	a.socket.Do(func() { close(done) })
	within(t, "the actor to do something else", done)
	if early := c.got("43"); len(early) > 0 {
		t.Errorf("answered by %q before it was known", early)
	}
	a.answer <- problem.New(problem.NotFound, "not there").Named(problem.NotInRoom)
	c.hears(`432[`)
	if got := c.got("43"); len(got) != 2 || !strings.Contains(got[0], `"code":"not_in_room"`) {
		t.Errorf("answered by %q", got)
	}
}

// Whatever came before a connection was lost is dealt with before the socket ends.
func TestALostSocketWaitsForItsApplication(t *testing.T) {
	n := newFixture(t).start()
	a, c := n.asks()
	c.says(`423["ask"]`)
	c.leaves()
	a.answer <- nil
	within(t, "the next question", a.begun)
	a.answer <- nil
	if reason := within(t, "the end", a.left); reason != session.TransportClose {
		t.Errorf("it ended by %q", reason)
	}
}

// A client that is gone while it waits to be let in has left, as far as the application
// is concerned.
func TestAClientThatIsGoneBeforeItWasLetIn(t *testing.T) {
	n := newFixture(t).start()
	a := newAsker()
	c := n.dial(engineio.V4, a)
	c.says("40")
	within(t, "Connect to be asked", a.begun)
	n.Sockets().Close()
	within(t, "the end", a.left)
	a.answer <- nil
	actorstest.Eventually(t, "the socket to be gone", func() bool { return n.Sockets().Count() == 0 })
}

// The node that shuts down waits for what its sockets have begun.
func TestShuttingDownWaitsForApplications(t *testing.T) {
	n := newFixture(t).start()
	a, c := n.asks()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Sockets().CloseAll(over); !errors.Is(err, context.Canceled) {
		t.Errorf("closed, with %v", err)
	}
	if reason := c.ends(); reason != session.ShuttingDown {
		t.Errorf("closed for %q", reason)
	}
	within(t, "the end", a.left)
	if open := n.Sockets().Count(); open != 1 {
		t.Errorf("%d sockets are open", open)
	}
	a.answer <- nil
	actorstest.Must(t, n.Sockets().CloseAll(t.Context()))
}

func TestAPanicOfWhatASocketWaitsForClosesIt(t *testing.T) {
	n := newFixture(t).start()
	a, c := n.asks()
	close(a.begun) // the next question panics
	a.answer <- nil
	c.says(`423["ask"]`)
	if reason := c.ends(); reason != session.ServerError {
		t.Errorf("closed for %q", reason)
	}
	if n.Panics() != 1 {
		t.Errorf("%d panics", n.Panics())
	}
}
