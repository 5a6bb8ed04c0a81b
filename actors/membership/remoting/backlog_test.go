package remoting

import (
	"log/slog"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos"
)

// sink takes messages for other nodes, and sends nothing.
type sink struct{ got []any }

func (s *sink) SendMessage(_ *actor.PID, _ actor.ReadonlyMessageHeader, message any, _ *actor.PID, _ int32) {
	s.got = append(s.got, message)
}

func newTestBacklogs(t *testing.T) (*backlogs, *int) {
	t.Helper()
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))
	t.Cleanup(system.Shutdown)
	dead := new(int)
	system.EventStream.Subscribe(func(event any) {
		if _, ok := event.(*actor.DeadLetterEvent); ok {
			*dead++
		}
	})
	return newBacklogs(system, slog.New(slog.DiscardHandler)), dead
}

// A peer that takes nothing is cut off; what comes then is a dead letter, until
// there is a new connection.
func TestAPeerThatTakesNothingIsCutOff(t *testing.T) {
	tests := []struct {
		name        string
		most, bytes int64
	}{{"too many messages", 10, 1 << 20}, {"too many bytes", 1 << 20, 10 * sizeOf(&protos.WhoHasRoster{Room: "Maths"})}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, dead := newTestBacklogs(t)
			b.most, b.bytes = test.most, test.bytes
			to := new(sink)
			cuts := 0
			pid := actor.NewPID("10.0.0.1:6011", "node")
			process, ok := b.resolver(to)(pid)
			if !ok {
				t.Fatal("not resolved")
			}
			send := func(n int) {
				for range n {
					process.SendUserMessage(pid, &protos.WhoHasRoster{Room: "Maths"})
				}
			}
			peer := b.of(pid.GetAddress())
			peer.begin(func() { cuts++ })
			send(10)
			if len(to.got) != 10 || cuts != 0 || *dead != 0 {
				t.Fatalf("%d sent, %d cut, %d dead", len(to.got), cuts, *dead)
			}
			peer.took(1, sizeOf(to.got[0]))
			send(3)
			if len(to.got) != 11 || cuts != 1 || *dead != 2 {
				t.Fatalf("%d sent, %d cut, %d dead", len(to.got), cuts, *dead)
			}
			peer.begin(func() { cuts++ })
			send(10)
			if len(to.got) != 21 || cuts != 1 {
				t.Errorf("%d sent, %d cut", len(to.got), cuts)
			}
		})
	}
}

func TestBacklogIsNeverLessThanNothing(t *testing.T) {
	b, _ := newTestBacklogs(t)
	peer := b.of("10.0.0.1:6011")
	peer.took(5, 500) // of the connection before
	if peer.messages.Load() != 0 || peer.bytes.Load() != 0 {
		t.Errorf("%d messages, %d bytes", peer.messages.Load(), peer.bytes.Load())
	}
	if b.of("10.0.0.1:6011") != peer || b.of("10.0.0.2:6011") == peer {
		t.Error("not one for each address")
	}
}

// What is sent to a node that is well leaves nothing behind.
func TestBacklogsOfNodesThatAreWellAreEmpty(t *testing.T) {
	parties := []*party{newParty(t, 0, nil), newParty(t, 0, nil)}
	for range 50 {
		actorstest.Must(t, parties[0].ask(parties[1], actorstest.Patience))
	}
	for _, p := range parties {
		actorstest.Eventually(t, "all to be sent", func() bool {
			for _, other := range parties {
				peer := p.links.queues.of(other.system.Address())
				if peer.messages.Load() != 0 || peer.bytes.Load() != 0 {
					return false
				}
			}
			return true
		})
	}
	if parties[0].links.queues.of(parties[1].system.Address()).cut.Load() == nil {
		t.Error("the connection was not seen to begin")
	}
}
