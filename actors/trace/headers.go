package trace

import (
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// The headers of a message of a sampled trace.
const (
	headerParent  = "traceparent"      // W3C Trace Context: the span that sent it
	headerSent    = "rollcall-sent"    // when, in Unix nanoseconds by the sender's clock
	headerFrom    = "rollcall-from"    // who sent it, for people
	headerArrived = "rollcall-arrived" // when it came to this node; set there
)

// Carry returns msg in an envelope that goes on with the span's trace, or msg
// itself if that is not sampled. sender may be nil.
func (s *Span) Carry(msg any, sender *actor.PID) any {
	if !s.Sampled() {
		if sender == nil {
			return msg
		}
		return &actor.MessageEnvelope{Message: msg, Sender: sender}
	}
	envelope := &actor.MessageEnvelope{Message: msg, Sender: sender}
	s.stamp(envelope)
	return envelope
}

// Sender returns root, such that what it sends goes on with the span's trace, which
// must be sampled.
func (s *Span) Sender(root *actor.RootContext) actor.SenderContext {
	parent, from := s.Context().String(), s.place() // now: it is used when the span may have ended
	return root.Copy().WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
		return func(ctx actor.SenderContext, target *actor.PID, envelope *actor.MessageEnvelope) {
			address(envelope, parent, from)
			next(ctx, target, envelope)
		}
	})
}

// stamp writes the headers, unless the message carries a trace already: it may
// have been sent on.
func (s *Span) stamp(envelope *actor.MessageEnvelope) {
	if envelope.GetHeader(headerParent) != "" {
		return
	}
	address(envelope, s.Context().String(), s.place())
}

func address(envelope *actor.MessageEnvelope, parent, from string) {
	envelope.Header = map[string]string{
		headerParent: parent,
		headerSent:   strconv.FormatInt(time.Now().UnixNano(), 10),
		headerFrom:   from,
	}
}

// place says in words who does the span's work: "roster Maths on node-1".
func (s *Span) place() string {
	who := s.actor
	if s.actorName != "" {
		who += " " + s.actorName
	}
	return who + " on " + s.record.tracer.config.Node
}

// Landed notes in the headers of a message of a trace that it has come to this node.
func Landed(header map[string]string) {
	if header[headerParent] != "" {
		header[headerArrived] = strconv.FormatInt(time.Now().UnixNano(), 10)
	}
}

// momentOf reads a moment; what is none is 0, which is no moment.
func momentOf(text string) int64 {
	ns, _ := strconv.ParseInt(text, 10, 64)
	return ns
}
