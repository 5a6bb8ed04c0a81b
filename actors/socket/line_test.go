package socket

import (
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/session"
)

// slowSocket is a process that lets what it gets lie until it is told to take it.
type slowSocket struct{ got chan any }

func (s *slowSocket) SendUserMessage(_ *actor.PID, msg any) {
	_, msg, _ = actor.UnwrapEnvelope(msg)
	s.got <- msg
}
func (s *slowSocket) SendSystemMessage(*actor.PID, any) {}
func (s *slowSocket) Stop(*actor.PID)                   {}

func newTestLine(system *actor.ActorSystem) (*Line, *slowSocket) {
	s := &slowSocket{got: make(chan any, 10*lineDepth)}
	pid, _ := system.ProcessRegistry.Add(s, "slow"+newID())
	return &Line{root: system.Root, socket: pid}, s
}

// newTestSystem is made outside of a synctest bubble: it has a goroutine of its own.
func newTestSystem(t *testing.T) *actor.ActorSystem {
	t.Helper()
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))
	t.Cleanup(system.Shutdown)
	return system
}

func TestReaderWaitsForTheActor(t *testing.T) {
	system := newTestSystem(t)
	synctest.Test(t, func(t *testing.T) {
		l, socket := newTestLine(system)
		var reader sync.WaitGroup
		reader.Go(func() {
			for l.Receive([]byte("x"), false) {
			}
		})
		taken := 0
		for _, more := range []int{0, 1, 1, 10, lineDepth} {
			for range more {
				<-socket.got
				l.took(1)
			}
			taken += more
			synctest.Wait()
			if sent, want := taken+len(socket.got), taken+lineDepth; sent != want {
				t.Errorf("after %d were taken %d have gone through, want %d", taken, sent, want)
			}
		}
		l.hangUp()
		reader.Wait()
	})
}

func TestReaderIsReleasedWhenTheSocketEnds(t *testing.T) {
	system := newTestSystem(t)
	synctest.Test(t, func(t *testing.T) {
		l, socket := newTestLine(system)
		for range lineDepth {
			l.Receive(nil, true)
		}
		going := make(chan bool, 1)
		go func() { going <- l.Receive(nil, true) }()
		synctest.Wait()
		if len(going) > 0 {
			t.Fatal("did not wait")
		}
		l.hangUp()
		if <-going || l.Receive(nil, true) {
			t.Error("the reader is still welcome")
		}
		if len(socket.got) != lineDepth {
			t.Errorf("%d frames have gone through", len(socket.got))
		}
	})
}

// Who floods is seen to push on whenever the actor looks, though it looks just when it
// has made room; and who stops is not any more.
func TestReaderThatHadToWaitPushesOn(t *testing.T) {
	system := newTestSystem(t)
	synctest.Test(t, func(t *testing.T) {
		l, socket := newTestLine(system)
		for range lineDepth {
			l.Receive([]byte("x"), false)
		}
		if l.pushed() {
			t.Error("it had room for all")
		}
		more := make(chan struct{})
		go func() {
			for range more {
				l.Ready()
				l.Receive([]byte("x"), false)
			}
		}()
		for i := range 10 {
			more <- struct{}{}
			synctest.Wait()
			<-socket.got
			l.took(1)
			if i > 0 && !l.pushed() { // the reader may not have run since
				t.Error("it does not push on")
			}
			synctest.Wait()
		}
		close(more)
		synctest.Wait()
		<-socket.got
		l.took(1)
		l.Ready()
		if l.Receive([]byte("x"), false); l.pushed() {
			t.Error("it pushes on though there was room")
		}
	})
}

func TestLineKeepsOrder(t *testing.T) {
	l, socket := newTestLine(newTestSystem(t))
	l.Receive([]byte("1"), false)
	l.took(1)
	l.Receive([]byte("2"), true)
	l.Lost(session.TransportClose)
	for i, want := range []any{received{data: []byte("1")}, received{data: []byte("2"), binary: true}, lost{session.TransportClose}} {
		switch got := (<-socket.got).(type) {
		case received:
			if w, ok := want.(received); !ok || string(w.data) != string(got.data) || w.binary != got.binary {
				t.Errorf("message %d is %v", i, got)
			}
		default:
			if got != want {
				t.Errorf("message %d is %v", i, got)
			}
		}
	}
}
