package room

import "time"

const (
	// HoldBack is how long a change of a user is held back for the relay that says the
	// same: a page that renames its user by PUT tells its rooms itself, too, and may
	// have more to say. It is longer than that page is apart from its node.
	HoldBack = 100 * time.Millisecond

	// echoFor is how long after the change a relay may come that says nothing else.
	echoFor = 5 * time.Second
)

// userNews is what one room was told of one user. A rename that a page makes comes in
// two ways: as a change, which is numbered and never lost, and as the relay of the
// page's own event, which may carry more. Each socket is to hear of it once. So:
//
//   - A change tells each version once, and none after a later one. It is held back
//     for a moment: a relay of that version or a later one goes out in its place.
//   - A relay that has fields, further arguments or attachments is always passed on:
//     they are news. It tells its version as well, and the change that comes after it
//     is news to its sender alone, who did not get it.
//   - A bare relay, which says no more than that the user is at a version, is passed
//     on unless the change to that version, or to a later one, has come lately: then
//     it is an echo of that. Later, or without any change, somebody wants the others
//     to read the user anew, and they are told each time.
type userNews struct {
	told    int64     // latest version that was told
	changed int64     // latest version whose change has come
	at      time.Time // when that was
	held    int64     // version of a change that is held back, the one in changed; 0 for none
	owed    string    // who was not told of the latest version, as it came by its own relay; "" for nobody
}

// change takes in the change to a version. Everybody is to be told of flush first, a
// change that was held back, unless that is 0; then the change is held back, or it is
// no news, but to one socket, which may be "".
func (n *userNews) change(version int64, now time.Time) (flush int64, hold bool, to string) {
	if version <= n.changed {
		return 0, false, ""
	}
	if version > n.told {
		flush = n.due(n.held)
	}
	n.changed, n.at = version, now
	switch {
	case version > n.told:
		n.held = version
		return flush, true, ""
	case version == n.told:
		to, n.owed = n.owed, ""
	}
	return 0, false, to
}

// due returns the version to tell everybody of when a change was held back for long
// enough, 0 if that was done or is no news any more.
func (n *userNews) due(version int64) int64 {
	if version == 0 || version != n.held {
		return 0
	}
	n.told, n.held, n.owed = version, 0, ""
	return version
}

// relay takes in the relay of a socket's own event. It is to be passed on to all
// others, or not. The sender is told of plain, if that is not 0: a change that all
// others hear of by the relay.
func (n *userNews) relay(version int64, sender string, bare bool, now time.Time) (pass bool, plain int64) {
	switch {
	case n.held > 0 && version >= n.held: // in place of the change
		plain = n.held
		if n.held = 0; version == plain {
			n.told, n.owed, n.at = version, "", now
			return true, plain
		}
	case bare && version <= n.changed && now.Sub(n.at) < echoFor:
		return false, 0
	}
	switch {
	case version > n.told:
		n.told, n.owed = version, sender
	case version == n.told && n.owed != sender:
		n.owed = "" // it hears of it by this one
	}
	return true, plain
}
