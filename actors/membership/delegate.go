package membership

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// delegate is what memberlist calls, mostly with its locks held: it decides by
// what it is given and queues the rest.
type delegate struct {
	provider *provider
	told     atomic.Pointer[tidings]
	leaving  atomic.Bool
}

// tidings are what the node tells about itself before and after it is leaving.
type tidings struct {
	meta          meta
	here, goodbye []byte
}

func newDelegate(p *provider, m meta) (*delegate, error) {
	d := &delegate{provider: p}
	return d, d.tell(m)
}

// tell has the node tell that about itself from now on.
func (d *delegate) tell(m meta) error {
	t := &tidings{meta: m}
	var err error
	if t.here, err = m.encode(); err != nil {
		return err
	}
	m.leaving = true
	if t.goodbye, err = m.encode(); err != nil {
		return err
	}
	d.told.Store(t)
	return nil
}

// NodeMeta tells the others about this node; encode has checked the limit.
func (d *delegate) NodeMeta(int) []byte {
	if d.leaving.Load() {
		return d.told.Load().goodbye
	}
	return d.told.Load().here
}

// NotifyJoin, NotifyUpdate and NotifyLeave queue what was seen. Who has said
// goodbye is gone by the time that NotifyLeave comes.
func (d *delegate) NotifyJoin(n *memberlist.Node)   { d.seen(n) }
func (d *delegate) NotifyUpdate(n *memberlist.Node) { d.seen(n) }
func (d *delegate) NotifyLeave(n *memberlist.Node) {
	d.provider.enqueue(nodeEvent{member: Member{Name: n.Name}, gone: true, at: time.Now()})
}

func (d *delegate) seen(n *memberlist.Node) {
	if m, err := decodeMeta(n.Meta); err == nil { // NotifyAlive let no other pass
		d.provider.enqueue(nodeEvent{member: m.member(n), gone: m.leaving, graceful: m.leaving, at: time.Now()})
	}
}

// NotifyAlive keeps out whoever is no node of this cluster, whoever mentions him.
func (d *delegate) NotifyAlive(n *memberlist.Node) error {
	if isVisit([]*memberlist.Node{n}) {
		return errVisitor
	}
	p := d.provider
	self := Member{Name: p.config.Name, Protocol: p.config.protocol}
	if r := compare(p.config.Cluster, self, n); r != nil {
		return r
	}
	if n.Name != self.Name && p.isFull(n.Name) {
		return errFull
	}
	return nil
}

// mostMembers bounds how many nodes are believed to be there: without a shared key,
// anybody who reaches the gossip port can make names up.
const mostMembers = 1024

var errFull = fmt.Errorf("there are %d members already", mostMembers)

// isFull reports whether there is no room for a node of that name.
func (p *provider) isFull(name string) bool {
	v := p.view.Load()
	if v == nil || len(v.Members) < mostMembers {
		return false
	}
	_, known := v.ByName(name)
	return !known
}

// NotifyMerge looks at whom it would join before it does, on both sides. Who is refused
// harms nobody: a node that starts is told why, and one that runs goes on as it is.
func (d *delegate) NotifyMerge(peers []*memberlist.Node) error {
	if isVisit(peers) {
		return errVisitor
	}
	p := d.provider
	v := p.view.Load()
	if v == nil { // somebody calls while we are still starting
		return errStarting
	}
	r := acquaint(p.config.Cluster, v.Self, v.knows, peers)
	if r == nil {
		return nil
	}
	p.merging.note(r)
	if r.ground == nameTaken {
		p.rivals.hear(r.claim)
	}
	return r
}

// NotifyConflict is told of a second node with a known name, which memberlist ignores.
// It may be made up, so it is only a reason to ask.
func (d *delegate) NotifyConflict(known, other *memberlist.Node) {
	if m, err := decodeMeta(other.Meta); err == nil {
		d.provider.rivals.hear(claim{name: known.Name, gossip: other.Address(), actors: m.address})
	}
}

// What memberlist can carry besides is not used.
func (d *delegate) NotifyMsg([]byte)                {}
func (d *delegate) GetBroadcasts(int, int) [][]byte { return nil }
func (d *delegate) LocalState(bool) []byte          { return nil }
func (d *delegate) MergeRemoteState([]byte, bool)   {}
