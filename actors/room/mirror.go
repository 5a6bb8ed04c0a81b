package room

import (
	"slices"

	"github.com/rollcall/rollcall/protos"
)

// mirror is what a roster has seen of its room on one other node. It never
// answers a query by itself: it is what a roll call compares versions with, and
// it knows whom to announce as gone when that node dies.
//
// Two sources feed it. Room events come in order and carry the version before
// and after, so that an unbroken chain of them keeps the mirror exact. Replies to
// roll calls replace it whole. What a reply brings and no event has announced
// stays untold until the second settle from then, because the event is usually on
// its way.
type mirror struct {
	member      string // the stay of the node in the cluster: membership.Member.ID
	incarnation string
	version     uint64     // entries are that roster at this version, if exact
	heard       uint64     // the highest version that an event spoke of
	entries     []sighting // sorted by id

	// ghosts were told as connected but are not in entries: their leave is owed.
	ghosts map[string]ghost
	untold int // entries not told: their join is owed

	// known is false until the first reply, whose entries are presumed to be told:
	// clients that come into a room take a roll of their own.
	known bool

	recent   *recentIDs
	audience *audience
}

// exact reports whether no event is known to be missing.
func (m *mirror) exact() bool { return m.known && m.heard <= m.version }

// owes reports whether settle would tell anything.
func (m *mirror) owes() bool { return m.known && m.untold > 0 || len(m.ghosts) > 0 }

func (m *mirror) find(id string) (int, bool) {
	return slices.BinarySearchFunc(m.entries, id, func(s sighting, id string) int { return s.compare(id) })
}

// apply takes one room event in. It reports whether the sockets here are to be
// told, which is not so if they know already.
func (m *mirror) apply(c *protos.RosterChange) (tell bool) {
	old := c.GetVersion() <= m.version // a reply that overtook the event has it
	switch {
	case old:
	case c.GetKind() == protos.RosterChange_CONNECTED && m.recent.hasSince(c.GetIdSocket(), c.GetVersion()):
		// A late echo, or back from the dead: a reply will say which.
	case c.GetFirst() && c.GetVersion() > m.heard:
		m.empty()
		m.version, m.known = c.GetVersion(), true
	case m.exact() && c.GetPrevious() == m.version:
		m.version = c.GetVersion()
	}
	m.heard = max(m.heard, c.GetVersion())

	switch c.GetKind() {
	case protos.RosterChange_CONNECTED:
		return m.connected(entryOf(c), c.GetVersion(), old)
	case protos.RosterChange_DISCONNECTED:
		return m.disconnected(c.GetIdSocket(), c.GetVersion(), old)
	default:
		return false
	}
}

func (m *mirror) connected(e Entry, version uint64, old bool) (tell bool) {
	i, ok := m.find(e.Socket)
	switch {
	case m.recent.hasSince(e.Socket, version):
		return false // announced as gone
	case ok:
		s := &m.entries[i]
		if !old {
			s.Entry = e
		}
		tell = s.presumed || !s.told
		if !s.told {
			m.untold--
			m.recent.remove(e.Socket)
		}
		s.tell(version)
		return tell
	}
	g, told := m.ghosts[e.Socket]
	told = told && !(g.presumed && version <= g.version)
	m.recent.remove(e.Socket)
	if old {
		m.haunt(sighting{Entry: e, version: version}) // it has left since: its leave follows
	} else {
		delete(m.ghosts, e.Socket)
		m.insert(i, sighting{Entry: e, version: version, told: true})
	}
	return !told
}

// disconnected takes a leave in. A socket may come back to the room that it left:
// then the leave may be older than what is known of it.
func (m *mirror) disconnected(id string, version uint64, old bool) (tell bool) {
	i, ok := m.find(id)
	switch {
	case ok && version < m.entries[i].version, m.ghosts[id].version > version:
		return false // it was told to be back
	case ok && old:
		s := &m.entries[i] // it is back, and that follows
		if !s.told {
			return false
		}
		s.told, s.presumed = false, false
		m.untold++
	case ok:
		m.remove(i)
	}
	delete(m.ghosts, id)
	known := m.recent.has(id)
	m.recent.add(id, version)
	return !known
}

// replace takes the whole roster in as it stood at version. It reports whether
// anything changed.
func (m *mirror) replace(version uint64, entries []Entry) (changed bool) {
	if version < m.version && m.known {
		return false // events have carried the mirror further
	}
	first := !m.known
	m.version = version

	before := m.entries
	m.entries = make([]sighting, 0, len(entries))
	m.untold = 0
	for _, e := range entries {
		for len(before) > 0 && before[0].Socket < e.Socket {
			m.gone(before[0])
			before, changed = before[1:], true
		}
		if len(before) > 0 && before[0].Socket == e.Socket {
			s := before[0]
			changed = changed || s.Entry != e // it left, and is back
			s.Entry = e
			if first && !m.recent.has(e.Socket) {
				s.presume(version)
			}
			if !s.told {
				m.untold++
			}
			m.entries = append(m.entries, s)
			before = before[1:]
			continue
		}
		g, told := m.ghosts[e.Socket]
		s := sighting{Entry: e, told: told, version: g.version}
		delete(m.ghosts, e.Socket)
		if first && !m.recent.has(e.Socket) {
			s.presume(version)
		}
		if !s.told {
			m.untold++
		}
		m.entries = append(m.entries, s)
		m.audience.add(e.User)
		changed = true
	}
	for _, s := range before {
		m.gone(s)
		changed = true
	}
	m.known = true
	return changed
}

// agreed notes that the node's roster still stands at version.
func (m *mirror) agreed(version uint64) {
	if version != m.version || m.known {
		return
	}
	m.known, m.untold = true, 0
	for i := range m.entries {
		if m.recent.has(m.entries[i].Socket) {
			m.untold++
			continue
		}
		m.entries[i].presume(version)
	}
}

// rest forgets what is owed: there is nobody here to tell.
func (m *mirror) rest() {
	m.known, m.ghosts, m.untold = false, nil, len(m.entries)
	for i := range m.entries {
		m.entries[i].told, m.entries[i].presumed = false, false
	}
}

// comparable returns the version that the entries are the roster at, or 0.
func (m *mirror) comparable() uint64 {
	if m.heard > m.version {
		return 0 // changes without a place were applied on top
	}
	return m.version
}

// settle returns what has been owed to the sockets here since the settle before
// this one, and counts it as told. It tells nothing while events are missing: a
// reply will say more.
func (m *mirror) settle() (connected, disconnected []Entry) {
	if !m.exact() {
		return nil, nil
	}
	for i := range m.entries {
		switch s := &m.entries[i]; {
		case s.told:
		case !s.late:
			s.late = true
		default:
			s.tell(m.version)
			m.untold--
			m.recent.remove(s.Socket)
			connected = append(connected, s.Entry)
		}
	}
	for id, g := range m.ghosts {
		if !g.late {
			g.late = true
			m.ghosts[id] = g
			continue
		}
		delete(m.ghosts, id)
		m.recent.add(id, m.version)
		disconnected = append(disconnected, g.Entry)
	}
	return connected, disconnected
}

// bury ends the mirror of a node that is gone, and returns whom to announce as
// gone: whoever was told of, and whoever may have been seen in a roll.
func (m *mirror) bury() (disconnected []Entry) {
	last := max(m.version, m.heard)
	for _, s := range m.entries {
		m.audience.remove(s.User)
		if !m.recent.has(s.Socket) {
			disconnected = append(disconnected, s.Entry)
		}
		m.recent.add(s.Socket, last)
	}
	for id, g := range m.ghosts {
		m.recent.add(id, last)
		disconnected = append(disconnected, g.Entry)
	}
	m.entries, m.ghosts, m.untold = nil, nil, 0
	return disconnected
}

// empty drops all entries; those that were told become ghosts.
func (m *mirror) empty() {
	for _, s := range m.entries {
		m.gone(s)
	}
	m.entries, m.untold = nil, 0
}

func (m *mirror) insert(i int, s sighting) {
	m.entries = slices.Insert(m.entries, i, s)
	m.audience.add(s.User)
}

func (m *mirror) remove(i int) {
	s := m.entries[i]
	if !s.told {
		m.untold--
	}
	m.entries = slices.Delete(m.entries, i, i+1)
	m.audience.remove(s.User)
}

// gone notes that a socket is no longer in entries.
func (m *mirror) gone(s sighting) {
	m.audience.remove(s.User)
	if s.told && !m.recent.has(s.Socket) {
		m.haunt(s)
	}
}

func (m *mirror) haunt(s sighting) {
	if m.ghosts == nil {
		m.ghosts = make(map[string]ghost)
	}
	m.ghosts[s.Socket] = ghost{Entry: s.Entry, version: max(s.version, m.ghosts[s.Socket].version), presumed: s.presumed}
}
