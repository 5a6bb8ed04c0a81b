package trace

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos"
)

// relay sends what it gets on to another actor.
type relay struct {
	to      *actor.PID
	forward bool
	tracer  *Tracer
	done    chan<- struct{}
}

func (r *relay) Receive(ctx actor.Context) {
	msg, ok := ctx.Message().(*protos.WhoHasRoster)
	if !ok {
		return
	}
	switch {
	case r.to == nil:
		close(r.done)
	case r.forward:
		r.tracer.Handling(ctx).Discard()
		ctx.Forward(r.to)
	default:
		r.tracer.Handling(ctx).Set("extra", true)
		ctx.Send(r.to, &protos.WhoHasRoster{Room: msg.GetRoom()})
	}
}

// chain starts a front door that forwards, a middle that sends on, and an end, and
// returns the front door.
func chain(t *testing.T, tracer *Tracer) (*actor.ActorSystem, *actor.PID, <-chan struct{}) {
	t.Helper()
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))
	t.Cleanup(system.Shutdown)
	done := make(chan struct{})
	spawn := func(name string, r *relay) *actor.PID {
		r.tracer, r.done = tracer, done
		return system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return r }, tracer.Props("roster", name)...))
	}
	end := spawn("end", &relay{})
	middle := spawn("middle", &relay{to: end})
	return system, spawn("front", &relay{to: middle, forward: true}), done
}

func TestATraceFollowsMessagesFromActorToActor(t *testing.T) {
	tracer := New(Config{Node: "node-1", Rate: 1})
	system, front, done := chain(t, tracer)
	root := tracer.Start(Context{}, "roll", "http", "", "GET")
	system.Root.Send(front, root.Carry(&protos.WhoHasRoster{Room: "Maths"}, nil))
	<-done
	root.End()
	id := root.Context().Trace
	var spans []*protos.Span
	actorstest.Eventually(t, "all spans", func() bool {
		spans, _ = tracer.Spans(id)
		return len(spans) == 3
	})
	steps := Assemble(id, spans).Steps
	if len(steps) != 3 || steps[1].GetActorName() != "middle" || steps[2].GetActorName() != "end" {
		t.Fatalf("%v", steps)
	}
	for _, s := range steps[1:] {
		if s.GetName() != "WhoHasRoster" || s.GetActor() != "roster" || len(s.GetFields()) == 0 || s.GetFields()[0].GetValue() != `"Maths"` {
			t.Errorf("%v", s)
		}
		if !(0 < s.GetSent() && s.GetSent() <= s.GetArrived() && s.GetArrived() <= s.GetStarted() && s.GetStarted() <= s.GetEnded()) {
			t.Errorf("sent %d, arrived %d, from %d to %d", s.GetSent(), s.GetArrived(), s.GetStarted(), s.GetEnded())
		}
	}
	if steps[1].GetFrom() != "http on node-1" || steps[2].GetFrom() != "roster middle on node-1" {
		t.Errorf("from %q and %q", steps[1].GetFrom(), steps[2].GetFrom())
	}
	if steps[2].GetParent() != steps[1].GetId() || steps[1].GetParent() != steps[0].GetId() {
		t.Error("who sent what is not told")
	}
}

func TestMessagesWithoutATraceLeaveNoSpan(t *testing.T) {
	tracer := New(Config{Node: "node-1"})
	system, front, done := chain(t, tracer)
	root := tracer.Start(Context{}, "roll", "http", "", "GET") // not sampled
	system.Root.Send(front, root.Carry(&protos.WhoHasRoster{Room: "Maths"}, nil))
	<-done
	root.Fail(errSome)
	root.End()
	if spans, _ := tracer.Spans(root.Context().Trace); len(spans) != 1 {
		t.Errorf("%v", names(spans))
	}
}

func TestAPassportGoesOnWithATraceElsewhere(t *testing.T) {
	here, there := New(Config{Node: "node-1", Rate: 1}), New(Config{Node: "node-2"})
	s := here.Start(Context{}, "identity", "http", "", "PUT")
	passport := s.Passport()
	got := there.Admit(passport, "identity", "", "Change")
	got.End()
	spans, _ := there.Spans(s.Context().Trace)
	if len(spans) != 1 || spans[0].GetFrom() != "http on node-1" || spans[0].GetSent() == 0 || SpanIDOf(spans[0].GetParent()) != s.Context().Span {
		t.Errorf("%v", spans)
	}
	for _, bad := range []string{"", "nonsense", strings.Replace(passport, "-01;", "-00;", 1)} {
		if there.Admit(bad, "identity", "", "Change") != nil {
			t.Errorf("admitted by %q", bad)
		}
	}
	if there.Admit(someContext+";soon;"+strings.Repeat("ä", 500), "identity", "", "Change") == nil {
		t.Error("a passport with odd details is no reason to lose the trace")
	}
}
