package actors

import (
	"slices"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/eventstream"
	"github.com/asynkron/protoactor-go/remote"

	"github.com/rollcall/rollcall/actors/inflight"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// markLife is after how long a mark counts as answered of which nothing is heard. A node
// that has not read what it was sent by then is a member no more, or the mark is lost.
const markLife = 5 * time.Second

// links tell when the link to another node was lost, and with it, maybe, what
// was under way: its connection broke, or the node is no member any more. A
// request to an actor there fails only by its own timeout otherwise.
type links struct {
	system   *actor.ActorSystem
	events   *eventstream.Subscription
	inflight *inflight.Links // what clients have under way over them
	markLife time.Duration

	mu       sync.Mutex
	watchers map[string]map[*watcher]struct{} // by the address of the node's actors
}

type watcher struct{ lost func() }

func newLinks(system *actor.ActorSystem) *links {
	l := &links{system: system, markLife: markLife, watchers: make(map[string]map[*watcher]struct{})}
	l.inflight = inflight.New(l.mark)
	l.events = system.EventStream.Subscribe(func(event any) {
		switch event := event.(type) {
		case *remote.EndpointTerminatedEvent:
			l.cut(event.Address)
		case membership.ViewChanged:
			for _, m := range slices.Concat(event.Left(), event.Failed()) {
				l.cut(m.Address)
			}
		}
	})
	return l
}

// watch calls lost, once, when the link to the node at address is lost, unless
// unwatch was called before. Nothing is lost on the way to this node itself.
func (l *links) watch(address string, lost func()) (unwatch func()) {
	if address == l.system.Address() {
		return func() {}
	}
	w := &watcher{lost: lost}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watchers[address] == nil {
		l.watchers[address] = make(map[*watcher]struct{})
	}
	l.watchers[address][w] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers[address], w)
		if len(l.watchers[address]) == 0 {
			delete(l.watchers, address)
		}
	}
}

// sender returns what has a connection send to the node at address no more than there is
// room for on the link. See [inflight.Sender].
func (l *links) sender(address string, ready func()) *inflight.Sender {
	if address == l.system.Address() {
		return new(inflight.Sender)
	}
	return l.inflight.Sender(address, ready)
}

// mark has the node at address say when it has received what it was sent so far. It is
// asked by its node actor, as for a roll call: there is more room as fast as that goes.
func (l *links) mark(address string, number uint64) {
	node, self := actor.NewPID(address, nodeActorName), actor.NewPID(l.system.Address(), nodeActorName)
	l.system.Root.RequestWithCustomSender(node, &protos.LinkMark{Number: number}, self)
	time.AfterFunc(l.markLife, func() { l.inflight.Passed(address, number) })
}

func (l *links) cut(address string) {
	l.inflight.Lost(address)
	l.mu.Lock()
	watchers := l.watchers[address]
	delete(l.watchers, address)
	l.mu.Unlock()
	for w := range watchers {
		w.lost()
	}
}

func (l *links) close() { l.system.EventStream.Unsubscribe(l.events) }
