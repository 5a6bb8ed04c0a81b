package directory

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

func TestP99(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	for _, test := range []struct {
		numbers []int
		want    int
	}{{nil, 0}, {[]int{7}, 7}, {[]int{9, 1}, 9}, {hundred, 99}} {
		if got := P99(test.numbers); got != test.want {
			t.Errorf("of %d: %d, want %d", len(test.numbers), got, test.want)
		}
	}
}

func TestARegisterKnowsWhatWaits(t *testing.T) {
	system := actor.NewActorSystem()
	defer system.Shutdown()
	gate, inside := make(chan struct{}), make(chan struct{})
	var r Register
	pid, leave, err := r.Enter(RosterKind, "Maths", actor.Unbounded(), func(mailbox actor.PropsOption) (*actor.PID, error) {
		return system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
			if ctx.Message() == "wait" {
				close(inside)
				<-gate
			}
		}, mailbox)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer close(gate)
	system.Root.Send(pid, "wait")
	<-inside
	system.Root.Send(pid, "more")
	system.Root.Send(pid, "more")
	found, ok := r.Find(RosterKind, "Maths")
	if !ok || found.Waiting() != 2 || found.PID != pid {
		t.Fatalf("%+v", found)
	}
	if d := DepthOf(r.All()); d != (Depth{Actors: 1, Total: 2, P99: 2, Max: 2}) {
		t.Errorf("%+v", d)
	}
	leave()
	if _, ok := r.Find(RosterKind, "Maths"); ok || len(r.All()) != 0 {
		t.Error("it has left")
	}
}
