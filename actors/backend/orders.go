package backend

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/survey"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// Target is whom an order concerns. One of its fields is set.
type Target struct{ Room, User, Socket string }

// message is the target as nodes tell each other.
func (t Target) message() *protos.Target {
	switch {
	case t.Room != "":
		return &protos.Target{Whom: &protos.Target_Room{Room: t.Room}}
	case t.User != "":
		return &protos.Target{Whom: &protos.Target_IdUser{IdUser: t.User}}
	}
	return &protos.Target{Whom: &protos.Target_IdSocket{IdSocket: t.Socket}}
}

// Emit is an event of namespace "/" for whoever is meant.
type Emit struct {
	To    Target
	Event string            // none that is reserved, see [socketio.IsReserved]
	Args  []json.RawMessage // valid JSON, compact
	Key   string            // names this very emit for [Remembered]; "" if it will not be repeated
}

// Result is what became of an order.
type Result struct {
	Sockets int // to so many it was handed
	Completeness
}

// Emit hands an event to the sockets that are meant, as a message: who reads too slowly
// does not get it, and is not counted. With a key it may be repeated, to reach the nodes
// that were missing; what was handed on before is counted again. The error is
// [problem.IdempotencyMismatch] for a key that names another emit, and
// [problem.Overloaded] if this node remembers as many keys as it may: then nothing was
// done.
func (b *Backend) Emit(ctx context.Context, e Emit) (Result, error) {
	order := &protos.Emit{To: e.To.message(), Event: e.Event, Args: room.RawOf(e.Args), Key: e.Key}
	view := b.survey.View()
	members, answers := view.Members, []survey.Answer[*protos.Emitted](nil)
	ask := func(members []membership.Member) {
		answers = append(answers, survey.Of[*protos.Emitted](ctx, b.survey, members, func(membership.Member) proto.Message { return order })...)
	}
	if e.Key != "" { // this node first: if it refuses, no other has done anything
		order.Digest = digest(order)
		ask([]membership.Member{view.Self})
		if err := refusal(answers[0].Answer); err != nil {
			return Result{}, err
		}
		members = view.Others()
	}
	ask(members)
	for _, a := range answers {
		if a.Answer.GetVerdict() == protos.Emitted_MISMATCH {
			return Result{}, refusal(a.Answer)
		}
	}
	r := Result{Completeness: completeness(b.survey, answers, func(a *protos.Emitted) bool { return a.GetVerdict() != protos.Emitted_DONE })}
	for _, a := range answers {
		r.Sockets += int(a.Answer.GetSockets())
	}
	r.found(e.To)
	return r, nil
}

// refusal is why a node has done nothing.
func refusal(a *protos.Emitted) error {
	switch a.GetVerdict() {
	case protos.Emitted_MISMATCH:
		return problem.New(problem.Invalid, "This Idempotency-Key was used for another emit within the last ten minutes: use a new one").Named(problem.IdempotencyMismatch)
	case protos.Emitted_FULL:
		return problem.New(problem.Unavailable, "So many keys of emits are remembered that there is no room for another: try again later, or emit without one").Named(problem.Overloaded)
	}
	return nil
}

// digest tells emits from each other, but for their keys.
func digest(e *protos.Emit) []byte {
	hash := sha256.New()
	add := func(text []byte) {
		hash.Write(binary.AppendUvarint(nil, uint64(len(text))))
		hash.Write(text)
	}
	add([]byte(e.GetTo().GetRoom()))
	add([]byte(e.GetTo().GetIdUser()))
	add([]byte(e.GetTo().GetIdSocket()))
	add([]byte(e.GetEvent()))
	for _, arg := range e.GetArgs() {
		add(arg)
	}
	return hash.Sum(nil)
}

// found makes the result of an order for one socket complete if there was that socket: no
// other node can have it.
func (r *Result) found(to Target) {
	if to.Socket != "" && r.Sockets > 0 {
		r.Complete, r.Missing = true, []string{}
	}
}

// Close closes the sockets that are meant. Their clients get the event closing, and do not
// come back by themselves.
func (b *Backend) Close(ctx context.Context, to Target) Result {
	answers := survey.All[*protos.Closed](ctx, b.survey, func(membership.Member) proto.Message {
		return &protos.Close{To: to.message()}
	})
	r := Result{Completeness: completeness(b.survey, answers, (*protos.Closed).GetPartly)}
	for _, a := range answers {
		r.Sockets += int(a.Answer.GetSockets())
	}
	r.found(to)
	return r
}

// Remove takes a socket out of a room. Its client gets the event removed, and the room is
// told as if it had left. The result counts no socket if it was not there.
func (b *Backend) Remove(ctx context.Context, name, socket string) Result {
	answers := survey.All[*protos.Removed](ctx, b.survey, func(membership.Member) proto.Message {
		return &protos.Remove{Room: name, IdSocket: socket}
	})
	r := Result{Completeness: completeness(b.survey, answers, nothing)}
	for _, a := range answers {
		if a.Answer.GetThere() {
			r.Sockets++
		}
	}
	r.found(Target{Socket: socket})
	return r
}
