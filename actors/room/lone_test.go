package room

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
)

// lone is a roster whose host is the test, in a bubble of testing/synctest: there is no
// cluster, what it sends is looked at, and what it gets the test makes up.
type lone struct {
	*roster
	t    *testing.T
	seen *membership.View

	mu   sync.Mutex // timers send, too
	own  []any      // to the roster itself, not handled yet
	sent []sent     // to others, not looked at yet
}

// sent is a message of a lone roster.
type sent struct {
	to  string // address of its node
	msg any
}

// newLone returns the started roster of a room on node a, which sees these others.
// It is to be called in a bubble.
func newLone(t *testing.T, others ...string) *lone {
	l := &lone{t: t}
	l.sees(1, others...)
	door := actor.NewPID("a:1", membership.Door)
	l.roster = newRoster(&Home{
		Host: l, Name: "a", Incarnation: "system-a", Door: door, Identity: actor.NewPID("a:1", "identity"),
		Draw: counter(), Underway: &Budget{Limit: MostUnderway}, Breakers: new(Breakers), Metrics: new(metrics.Metrics),
		Log: slog.New(slog.DiscardHandler), RollDeadline: 250 * time.Millisecond, Queueing: 20 * time.Millisecond,
		JoinPatience: JoinPatience, SpeechPatience: SpeechPatience, HoldBack: HoldBack,
	}, "Maths")
	l.start(actor.NewPID("a:1", "roster"))
	l.take()
	return l
}

// sees changes whom the node sees; the roster is not told.
func (l *lone) sees(serial uint64, others ...string) {
	self := member("a", "system-a", 0)
	members := []membership.Member{self}
	for _, name := range others {
		members = append(members, member(name, "system-"+name, 0))
	}
	l.seen = &membership.View{Serial: serial, Self: self, Members: members}
}

func (l *lone) View() *membership.View { return l.seen }

func (l *lone) Send(to *actor.PID, msg any) {
	if envelope, ok := msg.(*actor.MessageEnvelope); ok {
		msg = envelope.Message
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if to.Equal(l.self) {
		l.own = append(l.own, msg)
		return
	}
	l.sent = append(l.sent, sent{to.GetAddress(), msg})
}

// Number and enrol lead to a grain that does not answer.
func (l *lone) Number(string, *protos.RosterChanges, *trace.Span, func()) {}
func (l *lone) Enrol(string, *protos.Registration, func(error))           {}

// tell has the roster handle a message, and what that makes it send itself.
func (l *lone) tell(msg any) {
	l.handle(msg, actor.NewPID("b:1", "asker"))
	l.catchUp()
}

func (l *lone) catchUp() {
	for {
		l.mu.Lock()
		own := l.own
		l.own = nil
		l.mu.Unlock()
		if len(own) == 0 {
			return
		}
		for _, msg := range own {
			l.handle(msg, nil)
		}
	}
}

// pass has time pass.
func (l *lone) pass(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		<-time.After(min(time.Millisecond, time.Until(end)))
		synctest.Wait()
		l.catchUp()
	}
}

// take returns what was sent to others since it was last called.
func (l *lone) take() []sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.sent
	l.sent = nil
	return taken
}

// asks returns the roll calls that were sent since the last take, by the node asked.
func (l *lone) asks() map[string]*protos.RollCall {
	calls := make(map[string]*protos.RollCall)
	for _, s := range l.take() {
		if call, ok := s.msg.(*protos.RollCall); ok {
			calls[s.to[:len(s.to)-len(":1")]] = call
		}
	}
	return calls
}

// query asks the roster for a roll.
func (l *lone) query() <-chan *Roll {
	query, answer := NewQuery("Maths", time.Now(), nil)
	l.tell(query)
	return answer
}

// replies has a node answer a roll call.
func (l *lone) replies(node string, call *protos.RollCall, version uint64, entries ...Entry) {
	l.tell(&protos.RollReply{Call: call.GetCall(), Node: node, Incarnation: "system-" + node, Version: version, Part: EncodePart(entries)})
}

// hasNone fails if there is an answer.
func (l *lone) hasNone(what string, answer <-chan *Roll) {
	l.t.Helper()
	if len(answer) > 0 {
		l.t.Fatalf("%s: answered with %+v", what, *<-answer)
	}
}

// has returns the answer that there is.
func (l *lone) has(what string, answer <-chan *Roll) *Roll {
	l.t.Helper()
	if len(answer) == 0 {
		l.t.Fatalf("%s: not answered", what)
	}
	return <-answer
}

func statusesOf(r *Roll) (list []NodeStatus) {
	for _, n := range r.Nodes {
		list = append(list, n.Status)
	}
	return list
}

// isMadeOf compares the roll's nodes and sockets.
func (l *lone) isMadeOf(what string, r *Roll, nodes []NodeStatus, sockets int) {
	l.t.Helper()
	if got := statusesOf(r); !slices.Equal(got, nodes) || r.Sockets() != sockets {
		l.t.Errorf("%s: nodes %v with %d sockets, want %v with %d", what, got, r.Sockets(), nodes, sockets)
	}
}
