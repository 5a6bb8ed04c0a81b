package actors

import (
	"context"
	"strings"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/problem"
)

// remove takes the event remove: another socket out of a room, on whatever node it is, for
// who has the right to that there.
func (a *attendee) remove(s *socket.Socket, e session.Event) error {
	name, err := roomNamed(e)
	if err != nil {
		return err
	}
	id, ok := textAt(e, 1)
	if !ok {
		return badArguments(`remove takes the name of a room and the id of a socket, such as "Maths", "9wJvcPVWQ5ERAAAB"`)
	}
	if err := a.needs(access.Remove, name); err != nil {
		return err
	}
	s.Charge(quota.Moves, 1)
	s.Await(func() error {
		return notRemoved(name, id, a.node.backend.Remove(context.Background(), name, id))
	}, func(err error) { s.Acknowledge(e, socket.Acknowledgement(err)) })
	return nil
}

// notRemoved returns what came between, nil if the socket was taken out.
func notRemoved(name, id string, result backend.Result) error {
	switch {
	case result.Sockets > 0:
		return nil
	case !result.Complete:
		return problem.New(problem.Unavailable, "%s did not confirm: try again", strings.Join(result.Missing, ", ")).Named(problem.NotConfirmed)
	default:
		return problem.New(problem.NotFound, "There is no socket %s in the room %s", problem.Clip(id), problem.Clip(name)).Named(problem.NotInRoom)
	}
}
