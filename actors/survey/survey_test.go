package survey

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// asking returns what asks three nodes, in one process: one that answers, one that never
// does, and one that answers something else.
func asking(t *testing.T, patience time.Duration) *Asker {
	t.Helper()
	system := actor.NewActorSystem()
	t.Cleanup(system.Shutdown)
	doors := make(map[string]*actor.PID)
	view := new(membership.View)
	for name, answer := range map[string]func(*protos.AskRoster) any{
		"answers": func(msg *protos.AskRoster) any { return &protos.RosterState{Node: msg.GetRoom()} },
		"silent":  func(*protos.AskRoster) any { return nil },
		"strange": func(*protos.AskRoster) any { return &protos.Announce{} },
	} {
		doors[name] = system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
			if msg, ok := ctx.Message().(*protos.AskRoster); ok {
				if said := answer(msg); said != nil {
					ctx.Respond(said)
				}
			}
		}))
		view.Members = append(view.Members, membership.Member{Name: name})
	}
	slices.SortFunc(view.Members, func(a, b membership.Member) int { return len(a.Name) - len(b.Name) })
	return New(system, func() *membership.View { return view }, func(m membership.Member) *actor.PID { return doors[m.Name] }, patience)
}

// about asks each node about a room of its own name.
func about(m membership.Member) proto.Message { return &protos.AskRoster{Room: m.Name} }

func TestWhoAnswersInTimeIsHeardAndTheOthersAreNamed(t *testing.T) {
	const patience = 200 * time.Millisecond
	q, asked := asking(t, patience), time.Now()
	answers := All[*protos.RosterState](t.Context(), q, about)
	if took := time.Since(asked); took < patience || took > actorstest.Patience {
		t.Errorf("it took %v", took)
	}
	heard := 0
	for _, a := range answers {
		if a.OK {
			heard++
			if a.Member.Name != "answers" || a.Answer.GetNode() != "answers" || a.Latency >= patience {
				t.Errorf("%+v", a)
			}
		}
	}
	silent := Silent(answers)
	slices.Sort(silent)
	if heard != 1 || !slices.Equal(silent, []string{"silent", "strange"}) {
		t.Errorf("%d were heard; silent are %q", heard, silent)
	}
}

func TestSomeCanBeAskedAlone(t *testing.T) {
	q := asking(t, actorstest.Patience)
	one := slices.DeleteFunc(slices.Clone(q.View().Members), func(m membership.Member) bool { return m.Name != "answers" })
	answers := Of[*protos.RosterState](t.Context(), q, one, about)
	if len(answers) != 1 || !answers[0].OK || len(Silent(answers)) != 0 {
		t.Errorf("%+v", answers)
	}
}

func TestNobodyIsWaitedForOnceTheContextIsDone(t *testing.T) {
	q := asking(t, time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	asked := time.Now()
	if silent := Silent(All[*protos.RosterState](ctx, q, about)); !slices.Contains(silent, "silent") {
		t.Errorf("silent are %q", silent)
	}
	if took := time.Since(asked); took > 500*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}
