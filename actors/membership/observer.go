package membership

import (
	"maps"
	"slices"
	"time"
)

// nodeEvent is one event of memberlist.
type nodeEvent struct {
	member   Member // without Generation; of a departure only Name counts
	gone     bool
	graceful bool // gone: it said goodbye
	at       time.Time
}

// observer turns node events into views. It is the memory of one node: which
// members are live, how often each name has left, and which are gone. Not safe
// for concurrent use.
type observer struct {
	self    Member
	leaving bool
	serial  uint64
	live    map[string]Member // others, by name
	departs map[string]uint64 // how often a name was seen to leave
	gone    map[string]departed
	unmet   map[string]unmet // by address to join, as it is configured
	rivals  map[string]contender
}

// departed is another node that is gone. One that has not said goodbye is lost.
type departed struct {
	Gone
	graceful bool // it said goodbye
}

// contender is a node that cannot be a member, as another one has its name, or as this
// node's own name is another's there. It is kept by its gossip address.
type contender struct {
	name  string // the one that two have, "" if it is this node's
	since time.Time
}

// unmet is an address to join where nobody has answered yet.
type unmet struct {
	since time.Time
	at    []string // ip:port, all that it stands for; none if it could not be resolved yet
}

func newObserver(self Member) *observer {
	return &observer{
		self: self,
		live: map[string]Member{}, departs: map[string]uint64{},
		gone: map[string]departed{}, unmet: map[string]unmet{}, rivals: map[string]contender{},
	}
}

// see takes one event in and reports whether it changes the view.
func (o *observer) see(e nodeEvent) bool {
	name := e.member.Name
	if name == o.self.Name {
		changed := e.gone && !o.leaving
		o.leaving = o.leaving || e.gone
		if !e.gone && e.member.System == o.self.System && e.member.Store != o.self.Store {
			o.self.Store, changed = e.member.Store, true
		}
		return changed
	}
	known, isLive := o.live[name]
	if e.gone {
		if !isLive {
			return false
		}
		o.departs[name]++
		delete(o.live, name)
		o.gone[name] = departed{Gone{Member: known, Since: e.at}, e.graceful}
		return true
	}
	e.member.Since = e.at
	switch {
	case isLive && known.System != e.member.System:
		o.departs[name]++ // restarted before anyone had missed it
	case isLive:
		e.member.Since = known.Since // it says something new of itself
	}
	e.member.Generation = o.departs[name]
	o.live[name] = e.member
	delete(o.gone, name)
	o.meet(e.member.Gossip)
	return true
}

// expect takes in that this node has begun to look for somebody at an address, and
// reports whether it changes the view.
func (o *observer) expect(p place, now time.Time) bool {
	others := o.othersAt(p)
	switch {
	case p.err == nil && len(others) == 0:
		return false // there is only this node itself
	case o.livesAt(others):
		return false // who is there has called first
	}
	o.unmet[p.address] = unmet{since: now, at: others}
	return true
}

// find takes in what stands behind an address that was looked up again, and reports
// whether it changes the view.
func (o *observer) find(p place) bool {
	u, missed := o.unmet[p.address]
	if !missed || p.err != nil {
		return false // who was met is none the less so; who was not is expected where he was
	}
	u.at = o.othersAt(p)
	if len(u.at) == 0 || o.livesAt(u.at) {
		delete(o.unmet, p.address)
		return true
	}
	o.unmet[p.address] = u
	return false
}

// livesAt reports whether a live member is at one of these addresses. The others there
// will be met by way of it.
func (o *observer) livesAt(at []string) bool {
	for _, m := range o.live {
		if slices.Contains(at, m.Gossip) {
			return true
		}
	}
	return false
}

// othersAt returns where others than this node may be.
func (o *observer) othersAt(p place) []string {
	return slices.DeleteFunc(slices.Clone(p.at), func(at string) bool { return at == o.self.Gossip })
}

// meet takes in that somebody answers at ip:port, and reports whether it changes the
// view.
func (o *observer) meet(at string) (changed bool) {
	if _, rival := o.rivals[at]; rival {
		delete(o.rivals, at)
		changed = true
	}
	maps.DeleteFunc(o.unmet, func(_ string, u unmet) bool {
		met := slices.Contains(u.at, at)
		changed = changed || met
		return met
	})
	return changed
}

// contend takes in that a node is none of the members, as one of them has its name or
// this node's is another's there, and reports whether it changes the view. It is to be
// said again: what was not for long is forgotten, as who is lost.
func (o *observer) contend(name, at string, now time.Time) bool {
	for _, m := range o.live {
		if m.Gossip == at {
			return false // it has become one meanwhile
		}
	}
	known, ok := o.rivals[at]
	if name == "" {
		name = known.name
	}
	if ok && name == known.name && now.Sub(known.since) < LostFor/2 {
		return false
	}
	o.rivals[at] = contender{name: name, since: now}
	return true
}

// reconcile takes in that there is no such node any more.
func (o *observer) reconcile(at string) bool {
	_, known := o.rivals[at]
	delete(o.rivals, at)
	return known
}

// view returns the next view, forgetting who has been gone or lost for too long.
func (o *observer) view(now time.Time) *View {
	o.serial++
	members := slices.Collect(maps.Values(o.live))
	if !o.leaving {
		members = append(members, o.self)
	}
	var lost []Lost
	var gone []Gone
	for name, d := range o.gone {
		if now.Sub(d.Since) >= LostFor {
			delete(o.gone, name)
			continue
		}
		gone = append(gone, d.Gone)
		if !d.graceful {
			lost = append(lost, Lost{Name: name, Since: d.Since})
		}
	}
	for address, u := range o.unmet {
		if now.Sub(u.since) >= LostFor {
			delete(o.unmet, address)
			continue
		}
		lost = append(lost, Lost{Name: address, Since: u.since})
	}
	for at, r := range o.rivals {
		if now.Sub(r.since) >= LostFor {
			delete(o.rivals, at)
			continue
		}
		name := at
		if r.name != "" {
			name = r.name + "@" + at
		}
		lost = append(lost, Lost{Name: name, Since: r.since})
	}
	return newView(o.serial, o.self, members, lost, gone)
}

// lastSeen returns the gossip addresses of the lost, by name.
func (o *observer) lastSeen() map[string]string {
	addresses := make(map[string]string)
	for name, d := range o.gone {
		if !d.graceful {
			addresses[name] = d.Member.Gossip
		}
	}
	return addresses
}
