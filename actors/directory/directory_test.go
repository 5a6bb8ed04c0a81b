package directory

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

func TestADirectoryKnowsWhatWaits(t *testing.T) {
	system := actor.NewActorSystem()
	defer system.Shutdown()
	gate, inside := make(chan struct{}), make(chan struct{})
	var d Directory
	pid, leave, err := d.Enter(RosterKind, "Maths", actor.Unbounded(), func(mailbox actor.PropsOption) (*actor.PID, error) {
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
	found, ok := d.Find(RosterKind, "Maths")
	if !ok || found.Waiting() != 2 || found.PID != pid {
		t.Fatalf("%+v", found)
	}
	if depth := DepthOf(d.All()); depth != (Depth{Actors: 1, Total: 2, P99: 2, Max: 2}) {
		t.Errorf("%+v", depth)
	}
	leave()
	if _, ok := d.Find(RosterKind, "Maths"); ok || len(d.All()) != 0 {
		t.Error("it has left")
	}
}
