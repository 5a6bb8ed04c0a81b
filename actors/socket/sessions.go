package socket

import (
	"context"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// askPatience is how long a socket may take to answer what it answers at once.
const askPatience = 10 * time.Second

// OpenPolling starts the socket of a client that polls, and returns its session's
// id. The first poll brings the open packet.
func (s *Sockets) OpenPolling(o Opening) (sid string) {
	_, sid = s.start(o)
	return sid
}

// Poll waits until there is something for the client of a session, on whatever
// node that is, and delivers it as a payload of long-polling. If deliver fails, or
// ctx is done first, the session ends: what its client did not get is lost. It
// fails with an [engineio.Refusal] without having called deliver, or with the
// error of deliver or ctx.
func (s *Sockets) Poll(ctx context.Context, sid string, deliver func(payload []byte) error) error {
	to, ok := s.find(sid)
	if !ok {
		return engineio.UnknownSession
	}
	q := s.ask(to, &protos.Poll{})
	defer q.end()
	leaving := s.leaving.Done()
	for {
		select {
		case <-leaving:
			leaving = nil
			q.say(&protos.PollRelease{})
		case <-ctx.Done():
			q.say(&protos.PollCut{})
			return ctx.Err()
		case <-q.lost:
			return engineio.UnknownSession
		case answer := <-q.answers:
			polled, ok := answer.(*protos.Polled)
			if err := refusalOf(polled.GetRefusal(), ok); err != nil {
				return err
			}
			err := ctx.Err() // select may have preferred the answer
			if err == nil {
				err = deliver(polled.GetPayload())
			}
			if err != nil {
				q.say(&protos.PollCut{})
			}
			return err
		}
	}
}

// answer asks the actor of a session what it answers at once.
func (s *Sockets) answer(ctx context.Context, to *actor.PID, request any) (any, error) {
	q := s.ask(to, request)
	defer q.end()
	return q.wait(ctx, askPatience)
}

// refusalOf returns the error that an answer carries. ok is false for the answer of
// nobody: the session has ended, or never was.
func refusalOf(refusal int32, ok bool) error {
	switch {
	case !ok:
		return engineio.UnknownSession
	case refusal != 0:
		return engineio.Refusal(refusal - 1)
	}
	return nil
}

// refusing is how an error code travels.
func refusing(why engineio.Refusal) int32 { return int32(why) + 1 }

// question is a request to the actor of a session, which may be on another node.
type question struct {
	sockets *Sockets
	to      *actor.PID
	from    *actor.PID
	answers chan any      // holds one: who waits for a second has taken the first
	lost    chan struct{} // closed when the link to the session's node is lost
	unwatch func()
}

// ask sends a request.
func (s *Sockets) ask(to *actor.PID, request any) *question {
	q := &question{sockets: s, to: to, answers: make(chan any, 1), lost: make(chan struct{})}
	q.unwatch = s.links.watch(to.GetAddress(), func() { close(q.lost) })
	q.from = s.system.Root.Spawn(actor.PropsFromFunc(q.receive))
	q.say(request)
	return q
}

// say sends more about the request.
func (q *question) say(msg any) {
	q.sockets.system.Root.RequestWithCustomSender(q.to, msg, q.from)
}

// wait returns the next answer. It fails with [engineio.UnknownSession] if none can
// come any more, or with the error of ctx.
func (q *question) wait(ctx context.Context, patience time.Duration) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case answer := <-q.answers:
		return answer, nil
	case <-q.lost:
		return nil, engineio.UnknownSession
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (q *question) receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		select {
		case q.answers <- msg:
		default: // nobody waits for it
		}
	}
}

func (q *question) end() {
	q.unwatch()
	q.sockets.system.Root.Stop(q.from)
}
