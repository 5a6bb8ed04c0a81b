package actors

import (
	"slices"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// invoker notes what a mailbox delivers.
type invoker struct{ got []any }

func (i *invoker) InvokeUserMessage(msg any)   { i.got = append(i.got, msg) }
func (i *invoker) InvokeSystemMessage(msg any) { i.got = append(i.got, msg) }
func (i *invoker) EscalateFailure(reason, msg any) {
	panic(reason)
}

func TestWhatComesBeforeAnActorHasStartedIsKept(t *testing.T) {
	m, to := newPatientMailbox(), &invoker{}
	m.PostUserMessage(1) // protoactor's own panics
	m.PostUserMessage(2)
	m.RegisterHandlers(to, actor.NewSynchronizedDispatcher(10))
	m.PostUserMessage(3)
	m.PostSystemMessage("started")
	m.Start()
	m.PostUserMessage(4)
	if want := []any{"started", 1, 2, 3, 4}; !slices.Equal(to.got, want) {
		t.Errorf("delivered %v, want %v", to.got, want)
	}
}
