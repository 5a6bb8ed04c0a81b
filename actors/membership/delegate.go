package membership

import (
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// delegate is what memberlist calls, mostly with its locks held: it decides by
// what it is given and queues the rest.
type delegate struct {
	provider      *provider
	meta, goodbye []byte // what the node tells about itself before and after it is leaving
	leaving       atomic.Bool
}

func newDelegate(p *provider, m meta) (*delegate, error) {
	d := &delegate{provider: p}
	var err error
	if d.meta, err = m.encode(); err != nil {
		return nil, err
	}
	m.leaving = true
	d.goodbye, err = m.encode()
	return d, err
}

// NodeMeta tells the others about this node; encode has checked the limit.
func (d *delegate) NodeMeta(int) []byte {
	if d.leaving.Load() {
		return d.goodbye
	}
	return d.meta
}

// NotifyJoin, NotifyUpdate and NotifyLeave queue what was seen. Who has said
// goodbye is gone by the time that NotifyLeave comes.
func (d *delegate) NotifyJoin(n *memberlist.Node)   { d.seen(n) }
func (d *delegate) NotifyUpdate(n *memberlist.Node) { d.seen(n) }
func (d *delegate) NotifyLeave(n *memberlist.Node) {
	d.provider.enqueue(sighting{member: Member{Name: n.Name}, gone: true, at: time.Now()})
}

func (d *delegate) seen(n *memberlist.Node) {
	if m, err := decodeMeta(n.Meta); err == nil { // NotifyAlive let no other pass
		d.provider.enqueue(sighting{member: m.member(n), gone: m.leaving, graceful: m.leaving, at: time.Now()})
	}
}

// NotifyAlive keeps nodes of other clusters and protocols out, whoever
// mentions them.
func (d *delegate) NotifyAlive(n *memberlist.Node) error {
	if isVisit([]*memberlist.Node{n}) {
		return errVisitor
	}
	p := d.provider
	self := Member{Name: p.config.Name, Protocol: p.config.protocol}
	if r := compare(p.config.Cluster, self, n); r != nil {
		return r
	}
	return nil
}

// NotifyMerge looks at whom it would join before it does, on both sides.
func (d *delegate) NotifyMerge(peers []*memberlist.Node) error {
	if isVisit(peers) {
		return errVisitor
	}
	p := d.provider
	v := p.view.Load()
	if v == nil { // somebody calls while we are still starting
		return errStarting
	}
	r := acquaint(p.config.Cluster, v.Self, peers)
	if r == nil {
		return nil
	}
	p.mu.Lock()
	p.merging = r
	p.mu.Unlock()
	if prevails(v, peers) {
		p.accuse(r)
	}
	return r
}

// NotifyConflict is told of a second node with a known name. If it is our name,
// and somebody vouches for the other one, we are the second.
func (d *delegate) NotifyConflict(known, other *memberlist.Node) {
	p := d.provider
	v := p.view.Load()
	if v != nil && known.Name == v.Self.Name {
		p.accuse(takenBy(v.Self, other.Address()))
	} // else memberlist has ignored it, and logged it
}

// What memberlist can carry besides is not used.
func (d *delegate) NotifyMsg([]byte)                {}
func (d *delegate) GetBroadcasts(int, int) [][]byte { return nil }
func (d *delegate) LocalState(bool) []byte          { return nil }
func (d *delegate) MergeRemoteState([]byte, bool)   {}
