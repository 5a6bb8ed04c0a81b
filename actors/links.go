package actors

import (
	"slices"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/eventstream"
	"github.com/asynkron/protoactor-go/remote"

	"github.com/rollcall/rollcall/actors/membership"
)

// links tell when the link to another node was lost, and with it, maybe, what
// was under way: its connection broke, or the node is no member any more. A
// request to an actor there fails only by its own timeout otherwise.
type links struct {
	system *actor.ActorSystem
	events *eventstream.Subscription

	mu       sync.Mutex
	watchers map[string]map[*watcher]struct{} // by the address of the node's actors
}

type watcher struct{ lost func() }

func newLinks(system *actor.ActorSystem) *links {
	l := &links{system: system, watchers: make(map[string]map[*watcher]struct{})}
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

func (l *links) cut(address string) {
	l.mu.Lock()
	watchers := l.watchers[address]
	delete(l.watchers, address)
	l.mu.Unlock()
	for w := range watchers {
		w.lost()
	}
}

func (l *links) close() { l.system.EventStream.Unsubscribe(l.events) }
