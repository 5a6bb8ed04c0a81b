package room

import (
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// roster is the actor of one room on one node. It seats the room's sockets here,
// passes the room's events on to them (announce.go) and their messages to each
// other (speak.go), mirrors the room's other rosters (follow.go), and calls the
// roll for whoever asks this node (gather.go).
type roster struct {
	home *Home
	room string
	log  *slog.Logger
	self *actor.PID

	seats     seats
	pending   pendingChanges
	patience  *time.Timer // of the batch under way; nil before the first
	numbering numbering

	view     *membership.View
	mirrors  map[string]*mirror // by name, one for each other live node
	audience *audience
	recent   recentIDs
	settling bool // a settle is due
	mending  bool // a mend is due

	// enrolled: the grain has shown that it knows of this roster, so that every
	// event numbered from now on comes here.
	enrolled bool
	woke     uint64 // the version of the join that woke the roster

	gathering gathering
	passages  passages

	deliveries deliveries
	credit     int  // how many more sockets may be told something in this turn
	telling    bool // goOn is on its way

	unsaid      []*Speech   // messages that wait until fewer are under way, oldest first
	unsaidTimer *time.Timer // of the oldest; nil if none waits

	span  *trace.Span // of the message that is handled; nil without a trace
	trail trail

	failed  bool   // it panicked, and hands back what it gets
	awake   bool   // somebody sits here: the roster follows its room
	counted int    // how many sockets the census counts
	handled uint64 // joins and queries so far
	rested  uint64 // as many when the node was told last that this is to end
	staying bool   // the node was told that it stays for a while
}

func newRoster(home *Home, room string) *roster {
	r := &roster{
		home: home, room: room, log: home.Log.With("room", room),
		seats:     newSeats(home.Draw),
		mirrors:   make(map[string]*mirror),
		gathering: newGathering(),
		passages:  passages{budget: home.Underway},
		credit:    Turn,
	}
	r.audience = newAudience(
		func(user string) { r.tellInterest(user, true) },
		func(user string) {
			r.tellInterest(user, false)
			if news := r.audience.of(user); news != nil {
				r.tellVersion(user, news.due(news.held)) // or nobody would be told
			}
		},
	)
	return r
}

// handle handles one message, which may have a sender.
func (r *roster) handle(msg any, sender *actor.PID) {
	switch msg := msg.(type) {
	case *Join:
		r.handled++
		r.join(msg)
	case *Leave:
		r.leave(msg)
	case *Query:
		r.handled++
		msg.span.Queued(msg.arrived, "http")
		r.enqueue(msg.waiter)

	case *protos.RollCall:
		r.answer(msg, sender)
	case *protos.RollReply:
		r.replied(msg)
	case callDue:
		r.callDue(msg.id)
	case doubtDue:
		r.doubtDue(msg.id)
	case queueDue:
		r.queueDue()

	case *protos.RoomEvents:
		r.events(msg)
	case changesDue:
		r.changesDue(msg.batch)
	case *protos.WhoHasRoster:
		r.respond(sender, r.registration())
	case Register:
		r.register()
	case registered:
		r.registered(msg.ok)

	case membership.ViewChanged:
		r.viewChanged(msg.New)
	case LinkLost:
		r.linkLost(msg.Address)
	case mendDue:
		r.mending = false
		r.mendDue()
	case settleDue:
		r.settle()

	case *Speech:
		r.speak(msg)
	case *protos.RoomMessage:
		r.hear(msg, sender)
	case *protos.MessageTaken:
		r.passages.confirmed(msg.GetNode(), msg.GetIncarnation(), msg.GetNumber())
		r.sayMore()
	case sayMore:
		r.passages.retried()
		r.sayMore()
	case unsaidDue:
		r.unsaidDue()
	case confirmDue:
		r.passages.due(msg.number)
	case passagesDue:
		r.passagesDue()

	case *Emission:
		r.emit(msg)
	case *Clearance:
		r.clear(msg)

	case UserChanged:
		r.userChanged(msg)
	case heldDue:
		r.heldDue(msg)
	case *Relayed:
		r.relay(msg)
	case UsersAnew:
		clear(r.audience.news)
	case goOn:
		r.goOn()
	case MayEnd:
		r.staying, r.rested = false, 0
		r.rest(func() bool { return false })
	}
	r.tellOn()
	r.rest(r.knows)
}

// start is called first. self is where messages for the roster go.
func (r *roster) start(self *actor.PID) {
	r.self = self
	r.viewChanged(r.home.View())
}

// respond answers whoever has sent the message that is handled.
func (r *roster) respond(asker *actor.PID, msg any) {
	if asker != nil {
		r.home.Send(asker, r.span.Carry(msg, nil))
	}
}

// stop lets no timer outlive the roster for long.
func (r *roster) stop() {
	r.sleep()
	r.endSpeech(problem.New(problem.Unavailable, "The node is shutting down: try again on another"))
	r.gathering.stop()
	if r.patience != nil {
		r.patience.Stop()
	}
}

func (r *roster) join(msg *Join) {
	st := msg.Seat
	if change := r.seats.join(st); change != nil {
		r.billJoin(st)
		r.seated(change)
	}
	switch {
	case msg.Greeting == nil:
	case st.greeted: // behind what came before that
		r.deliveries.add(&delivery{to: st, greeting: msg.Greeting, at: r.numbering.now()})
	default:
		st.waiting = append(st.waiting, msg.Greeting)
	}
}

func (r *roster) seated(change *protos.RosterChange) {
	r.home.Metrics.Joins.Add(1)
	r.count(1)
	r.gathering.changes++
	if !r.awake {
		r.woke = change.GetVersion()
		r.wake()
	}
	r.audience.add(change.GetIdUser())
	r.pending.add(change)
	r.trail.add(r.span)
	r.sendChanges()
}

func (r *roster) leave(msg *Leave) {
	st := msg.Seat
	if r.seats.get(st.Socket) == st {
		r.left(r.seats.leave(st.Socket))
	}
	if !msg.Gone {
		r.greet(st, r.numbering.now())
		r.push(st, msg.Farewell)
	}
}

func (r *roster) left(change *protos.RosterChange) {
	r.home.Metrics.Leaves.Add(1)
	r.count(-1)
	r.gathering.changes++
	r.audience.remove(change.GetIdUser())
	r.pending.add(change)
	r.trail.add(r.span)
	r.sendChanges()
	if len(r.seats.list) == 0 {
		r.sleep()
	}
}

// greet tells a socket what was to be told once its own event is back, with the place
// of that in the room's sequence. From now on it gets the room's events.
func (r *roster) greet(st *Seat, at Position) {
	st.greeted = true
	for _, greeting := range st.waiting {
		r.push(st, greeting(at))
	}
	st.waiting = nil
}

// push puts a frame for one socket into its outbox, unless there is nothing to say.
func (r *roster) push(st *Seat, f *outbox.Frame) {
	if f != nil {
		st.socket.Push(f)
	}
}

// after sends the roster msg when d has passed.
func (r *roster) after(d time.Duration, msg any) *time.Timer {
	host, self := r.home.Host, r.self
	return time.AfterFunc(d, func() { host.Send(self, msg) })
}
