package actors

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/socket"
)

// admissions knows the sockets of this node by user and by id, in rooms or in none, so
// that those of a user who is removed can be closed, and those whose tokens are revoked, and
// backends find them.
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
	granted bool  // by the store, which is being asked else
	version int64 // at which the user was seen; 0 for one who needs no row
	removed int64 // the highest version at which the user was removed while the store was asked
	at      int   // position among those of the user

	token
	notBefore int64 // tokens issued before, in Unix seconds, were revoked since the store was asked first; 0 for none

	attendee *attendee // nil until it is connected; its id stays from then on
	since    int64     // when it connected, Unix milliseconds
}

// token is what a socket was let in by: when that was issued, in Unix seconds, as revocations
// go by these; 0 if it does not say. There are many sockets, and a [time.Time] is three times
// as large.
type token int64

// noToken is that of a socket that showed none: no revocation is about it.
const noToken token = math.MaxInt64

// tokenOf returns the token that was issued then; the zero time is that of one that does not
// say.
func tokenOf(issued time.Time) token { return token(max(issued.Unix(), 0)) }

// isRevoked reports whether a revocation of the tokens issued before that moment, in Unix
// seconds, is about it.
func (t token) isRevoked(before int64) bool { return int64(t) < before }

func newAdmissions() *admissions {
	return &admissions{byUser: make(map[string][]*admission), byID: make(map[string]*admission)}
}

// ask enters a socket before the store is asked how the user stands: no removal or
// revocation that is heard of from now on slips by.
func (d *admissions) ask(a *admission, user string, by token, s *socket.Socket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*a = admission{user: user, token: by, socket: s, at: len(d.byUser[user])}
	d.byUser[user] = append(d.byUser[user], a)
}

// grant notes the version that the store has seen, 0 for a user who needs no row. It
// returns an error if the user was removed at a higher one meanwhile, or the token revoked.
func (d *admissions) grant(a *admission, version int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	a.granted, a.version = true, version
	switch {
	case version > 0 && a.removed >= version:
		return unknownUser(a.user)
	case a.isRevoked(a.notBefore):
		return tokenRevoked()
	}
	return nil
}

// renewToken has a socket that was let in by a token go on by another one, once the store
// has been asked how the user stands. It returns an error if that token was revoked
// meanwhile, and the socket keeps the one that it has.
func (d *admissions) renewToken(a *admission, issued time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	by := tokenOf(issued)
	if by.isRevoked(a.notBefore) {
		return tokenRevoked()
	}
	a.token = by
	return nil
}

// connected has a socket found from now on.
func (d *admissions) connected(a *admission, as *attendee) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a.attendee, a.since = as, time.Now().UnixMilli()
	d.byID[as.id] = a
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
			list = append(list, present{a.attendee.id, a.since, a.socket, a.attendee})
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
		return []present{{id, a.since, a.socket, a.attendee}}
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
	if a.attendee != nil {
		delete(d.byID, a.attendee.id)
	}
	*a = admission{}
}

// revoked is an admission that does not hold any more, unless its socket has ended it.
type revoked struct {
	*admission
	socket *socket.Socket // at that time
}

// revoke returns the admissions of a user who was removed at a version. A user who was
// added again since, and seen after that, keeps theirs, and so does one who needed no row:
// that may have been after the removal.
func (d *admissions) revoke(user string, version int64) (list []revoked) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.revokes++
	for _, a := range d.byUser[user] {
		switch {
		case !a.granted:
			a.removed = max(a.removed, version)
		case a.version > 0 && a.version < version:
			list = append(list, revoked{a, a.socket})
		}
	}
	return list
}

// revokeTokens returns the admissions of a user that were granted to tokens issued before.
func (d *admissions) revokeTokens(user string, before time.Time) (list []revoked) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.byUser[user] {
		a.notBefore = max(a.notBefore, before.Unix())
		if a.granted && a.isRevoked(before.Unix()) {
			list = append(list, revoked{a, a.socket})
		}
	}
	return list
}

// holdsToken reports whether an admission that was revoked with its token is still that of
// this user, by a token that was issued before.
func (d *admissions) holdsToken(r revoked, user string, before time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return r.user == user && r.isRevoked(before.Unix())
}

// holds reports whether an admission that was revoked is still that of this user, who
// has not been admitted anew.
func (d *admissions) holds(r revoked, user string, version int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return r.user == user && r.version > 0 && r.version < version
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

// usersByToken returns everybody of whom a socket has shown a token.
func (d *admissions) usersByToken() (ids []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, all := range d.byUser {
		if slices.ContainsFunc(all, func(a *admission) bool { return a.token != noToken }) {
			ids = append(ids, id)
		}
	}
	return ids
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
