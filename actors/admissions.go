package actors

import (
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/socket"
)

// admissions knows the sockets of this node by user and by id, in rooms or in none, so
// that those of a user who is removed can be closed, and backends find them.
type admissions struct {
	mu      sync.Mutex
	byUser  map[string][]*admission
	byID    map[string]*admission // those that are connected
	revokes uint64                // how often revoke was called
}

// admission is what lets one socket be a user. The zero value is that of no user. Only
// the socket's actor changes the user; the rest is the index's.
type admission struct {
	user    string
	socket  *socket.Socket
	version int64 // at which the user was seen; 0 while the store is being asked
	removed int64 // the highest version at which the user was removed while it was asked
	at      int   // position among those of the user

	attendee *attendee // nil until it is connected; from then on it has the next two
	id       string    // id_socket
	since    int64     // when it connected, Unix milliseconds
}

func newAdmissions() *admissions {
	return &admissions{byUser: make(map[string][]*admission), byID: make(map[string]*admission)}
}

// ask enters a socket before the store is asked whether there is such a user: no
// removal that is heard of from now on slips by.
func (d *admissions) ask(a *admission, user string, s *socket.Socket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*a = admission{user: user, socket: s, at: len(d.byUser[user])}
	d.byUser[user] = append(d.byUser[user], a)
}

// grant notes the version that the store has seen. It reports false if the user was
// removed at a higher one meanwhile.
func (d *admissions) grant(a *admission, version int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	a.version = version
	return a.removed < version
}

// connected has a socket found from now on.
func (d *admissions) connected(a *admission, as *attendee, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a.attendee, a.id, a.since = as, id, time.Now().UnixMilli()
	d.byID[id] = a
}

// present is a socket that is connected, as others may know it.
type present struct {
	id       string
	since    int64 // Unix milliseconds
	socket   *socket.Socket
	attendee *attendee
}

// of returns the sockets of a user that are connected.
func (d *admissions) of(user string) (list []present) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.byUser[user] {
		if a.attendee != nil {
			list = append(list, present{a.id, a.since, a.socket, a.attendee})
		}
	}
	return list
}

// count returns how many sockets of a user are connected.
func (d *admissions) count(user string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.byUser[user] {
		if a.attendee != nil {
			n++
		}
	}
	return n
}

// find returns the socket of this id, none if it is not connected here.
func (d *admissions) find(id string) []present {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.byID[id]; a != nil {
		return []present{{a.id, a.since, a.socket, a.attendee}}
	}
	return nil
}

// end takes a socket out; it does nothing for one that is not in.
func (d *admissions) end(a *admission) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a.user == "" {
		return
	}
	all := d.byUser[a.user]
	last := all[len(all)-1]
	all[a.at], last.at = last, a.at
	all[len(all)-1] = nil
	d.byUser[a.user] = all[:len(all)-1]
	if len(all) == 1 {
		delete(d.byUser, a.user)
	}
	delete(d.byID, a.id)
	*a = admission{}
}

// revoked is an admission that does not hold any more, unless its socket has ended it.
type revoked struct {
	*admission
	socket *socket.Socket // at that time
}

// revoke returns the admissions of a user who was removed at a version. A user who was
// added again since, and seen after that, keeps theirs.
func (d *admissions) revoke(user string, version int64) (list []revoked) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.revokes++
	for _, a := range d.byUser[user] {
		switch {
		case a.version == 0:
			a.removed = max(a.removed, version)
		case a.version < version:
			list = append(list, revoked{a, a.socket})
		}
	}
	return list
}

// holds reports whether an admission that was revoked is still that of this user, who
// has not been admitted anew.
func (d *admissions) holds(r revoked, user string, version int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return r.user == user && r.version < version
}

// users returns everybody who is admitted, and how often revoke was called so far.
func (d *admissions) users() (ids []string, revokes uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range d.byUser {
		ids = append(ids, id)
	}
	return ids, d.revokes
}

// renew notes the version at which a user was seen in a store that began anew. It
// reports false, and does nothing, if anybody was removed since revokes: that may be
// this user.
func (d *admissions) renew(user string, version int64, revokes uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.revokes != revokes {
		return false
	}
	for _, a := range d.byUser[user] {
		if a.version > 0 {
			a.version = version
		}
	}
	return true
}
