package socket

import (
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/eventstream"
	"github.com/asynkron/protoactor-go/remote"

	"github.com/rollcall/rollcall/actors/inflight"
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
	ask      func(address string, number uint64)
	markLife time.Duration

	mu       sync.Mutex
	watchers map[string]map[*watcher]struct{} // by the address of the node's actors
}

type watcher struct{ lost func() }

func newLinks(system *actor.ActorSystem, ask func(address string, number uint64)) *links {
	l := &links{system: system, ask: ask, markLife: markLife, watchers: make(map[string]map[*watcher]struct{})}
	l.inflight = inflight.New(l.mark)
	l.events = system.EventStream.Subscribe(func(event any) {
		if event, ok := event.(*remote.EndpointTerminatedEvent); ok {
			l.cut(event.Address)
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

// mark has the node at address say when it has received what it was sent so far.
func (l *links) mark(address string, number uint64) {
	l.ask(address, number)
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

// Passed says that the node at address has received what it was sent before that mark.
func (s *Sockets) Passed(address string, number uint64) { s.links.inflight.Passed(address, number) }

// Cut says that the node at address is no member any more: what was under way to it, or
// was to come from there, is lost.
func (s *Sockets) Cut(address string) { s.links.cut(address) }

func (l *links) close() { l.system.EventStream.Unsubscribe(l.events) }
