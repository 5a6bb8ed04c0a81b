package trace

import (
	"cmp"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/ctxext"
)

// Props returns what makes an actor take part in traces: a span for each message
// of a trace that it handles, which goes on with whatever it sends meanwhile. kind
// and name say which actor it is. Without a tracer there is nothing to add.
func (t *Tracer) Props(kind, name string) []actor.PropsOption {
	return t.PropsOf(kind, func(actor.ReceiverContext) string { return name })
}

// PropsOf is Props for actors that are made alike, and differ in their names.
func (t *Tracer) PropsOf(kind string, name func(actor.ReceiverContext) string) []actor.PropsOption {
	if t == nil {
		return nil
	}
	return []actor.PropsOption{
		actor.WithReceiverMiddleware(t.receiver(kind, name)),
		actor.WithSenderMiddleware(sender),
	}
}

// receiver opens a span for each message that carries a trace, for as long as it
// is handled.
func (t *Tracer) receiver(kind string, name func(actor.ReceiverContext) string) actor.ReceiverMiddleware {
	return func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, envelope *actor.MessageEnvelope) {
			parent := ParseContext(envelope.GetHeader(headerParent))
			if !parent.Sampled {
				next(ctx, envelope)
				return
			}
			s := t.received(parent, kind, name(ctx), "")
			s.data.Name, s.data.Fields = describe(envelope.Message)
			s.data.From = envelope.GetHeader(headerFrom)
			s.data.Sent = momentOf(envelope.GetHeader(headerSent))
			s.data.Arrived = cmp.Or(momentOf(envelope.GetHeader(headerArrived)), s.data.GetSent()) // at once, inside of a node
			handling := handlingOf(ctx)
			handling.span = s
			defer func() {
				handling.span = nil
				if reason := recover(); reason != nil {
					s.Fail(fmt.Errorf("panic: %v", reason))
					s.End()
					panic(reason)
				}
				s.End()
			}()
			next(ctx, envelope)
		}
	}
}

// sender has what an actor sends while it handles a message of a trace go on with
// that trace.
func sender(next actor.SenderFunc) actor.SenderFunc {
	return func(ctx actor.SenderContext, target *actor.PID, envelope *actor.MessageEnvelope) {
		if ctx, ok := ctx.(actor.ExtensionContext); ok {
			if h, ok := ctx.Get(extension).(*handling); ok && h.span != nil && h.span.data != nil {
				h.span.stamp(envelope)
			}
		}
		next(ctx, target, envelope)
	}
}

// Handling returns the span of the message that the actor handles, or nil.
func (t *Tracer) Handling(ctx actor.Context) *Span {
	if t == nil {
		return nil
	}
	if h, ok := ctx.Get(extension).(*handling); ok {
		return h.span
	}
	return nil
}

// handling is the span of the message that an actor handles, kept in its context.
type handling struct{ span *Span }

// extension is where. protoactor gives numbers from 1 on to whoever asks for one.
const extension ctxext.ContextExtensionID = 0

// ExtensionID makes it an extension of an actor's context.
func (*handling) ExtensionID() ctxext.ContextExtensionID { return extension }

func handlingOf(ctx actor.ReceiverContext) *handling {
	h, ok := ctx.Get(extension).(*handling)
	if !ok {
		h = &handling{}
		ctx.Set(h)
	}
	return h
}
