package placement

import "github.com/asynkron/protoactor-go/actor"

// lateMailbox is the mailbox of grains. protoactor swallows messages that were
// queued behind the one that stopped an actor; a caller would wait for an
// answer in vain. This one turns them into dead letters, which are answered.
func lateMailbox() actor.Mailbox { return mailbox{actor.Unbounded()()} }

type mailbox struct{ actor.Mailbox }

func (m mailbox) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	if ctx, ok := invoker.(actor.Context); ok {
		invoker = &lateInvoker{MessageInvoker: invoker, ctx: ctx}
	}
	m.Mailbox.RegisterHandlers(invoker, dispatcher)
}

// lateInvoker runs on the goroutine of its actor. An actor leaves the registry
// as it stops, before anything else of its mailbox is looked at.
type lateInvoker struct {
	actor.MessageInvoker
	ctx actor.Context
}

func (i *lateInvoker) InvokeUserMessage(message any) {
	system, self := i.ctx.ActorSystem(), i.ctx.Self()
	if _, alive := system.ProcessRegistry.GetLocal(self.Id); !alive {
		system.DeadLetter.SendUserMessage(self, message)
		return
	}
	i.MessageInvoker.InvokeUserMessage(message)
}
