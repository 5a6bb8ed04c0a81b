// Package history keeps what clients and askers saw of a cluster, and judges it by
// what the product promises. Whatever was broken on purpose is part of the history:
// a promise holds also then, or says when it does not.
//
// The checker is pure. Its rules:
//
//   - A socket whose join was acknowledged before a roll was asked for, and that did
//     not begin to leave before the answer came, is in it, unless its node is named
//     as missing or lost.
//   - A socket whose leave was processed, or whose node was dead, before a roll was
//     asked for is not in it. Nor is one whose node could not speak all the while.
//   - No socket is in a roll twice, none with another user, none that never was.
//   - A roll that names a missing node is not called complete.
//   - A node that could not speak all the while is named, whether it has sockets or not.
//   - A node that is well answers, and drops no client.
//   - A numbered event comes at most once to a client, and in order. Nobody is
//     announced twice in a row as here, or as gone.
//   - No version of a user is announced that no rename made.
//   - A message comes at most once, and those of one sender in order. One that was
//     acknowledged came to everybody who was there, save who was told that it lost as
//     many; and a sender is answered.
//   - In the end each client knows who is here, and the last version of each user.
//
// How long something took is not part of these rules: it is counted apart.
package history

import (
	"maps"
	"math"
	"slices"
	"time"
)

// Moment is a time since the history began.
type Moment = time.Duration

// Never is the moment of what has not happened.
const Never Moment = math.MaxInt64

// Position is a place in the sequence of a room's events; zero without a number.
type Position struct {
	Epoch uint64 `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// Stay is one connection, or the attempt to make one; of one that is in several rooms, its
// stay in one of them.
type Stay struct {
	Socket string // id_socket; "" if the client never learned it
	Room   string
	User   string
	Node   string // that welcomed it

	Tried   Moment // it was begun
	Joined  Moment // its handshake came; Never if it did not
	Leaving Moment // the client began to leave; of a dropped one, when it was last told anything
	Ended   Moment // nothing more comes
	Dropped bool   // the client did not begin it

	Start  Position // every later event reaches it
	Events []Event  // in the order in which they came
}

// Kind is what an event says.
type Kind int

const (
	Connected    Kind = iota // a socket is here
	Disconnected             // a socket is gone
	Renamed                  // a user has a new version
	Said                     // a socket sent a message
	Lost                     // messages were left out for the client
)

// Event is what a client was told.
type Event struct {
	At      Moment
	Kind    Kind
	Socket  string // of Connected, Disconnected and Said
	User    string
	Room    string // "" if it names none
	Version int64  // of Renamed
	Number  int    // of Said; of Lost, how many
	Position
}

// Roll is an answer to the question who is in a room.
type Roll struct {
	Node, Room   string // that was asked, and about what
	Begun, Ended Moment
	Complete     bool
	Missing      []string
	Lost         []string
	Users        map[string]string // id_user by id_socket
	Twice        []string          // sockets that were listed more than once
	Failure      string            // why there is no roll
}

// names reports whether the roll says that it lacks a node.
func (r *Roll) names(node string) bool { return contains(r.Missing, node) || contains(r.Lost, node) }

// exact reports whether the roll says that it lacks nobody.
func (r *Roll) exact() bool {
	return r.Failure == "" && r.Complete && len(r.Missing) == 0 && len(r.Lost) == 0
}

// Outage is a time in which a node was not well, as far as the test knows.
type Outage struct {
	Node string
	// From when on it was being broken, when that was done, until when, and when
	// it was well again. Never, if not yet.
	From, Full, Until, Over Moment
	// Fatal: its sockets are gone.
	Fatal bool
	// Mute: it cannot say anything from Full until Until.
	Mute bool
	// Slow: it keeps all promises but those of time.
	Slow bool
}

// Rename is a change of a user that was acknowledged.
type Rename struct {
	User    string
	Version int64
	Begun   Moment // who joins from now on may read the new version already
	At      Moment // it was acknowledged
}

// Saying is a message to a room, which a client of it sent.
type Saying struct {
	Socket   string // the sender's
	Room     string
	Number   int // of its sender's messages, from 1
	Begun    Moment
	Answered Moment // Never if it was not
	Refusal  string // the code by which it was refused; "" if it was acknowledged
}

// History is all that was seen.
type History struct {
	Stays   []*Stay
	Rolls   []Roll
	Outages []Outage
	Renames []Rename
	Sayings []*Saying
	Known   map[string]int64 // version by user, before the first rename; of some users
	Doubted map[string]bool  // users of whom a rename was not answered: it may have been done

	Begun  Moment // who joined before is known to all
	Broke  Moment // something was broken; Never if nothing was
	Mended Moment // it was whole again; Never if it was not
	End    Moment // all was quiet: everybody should know everything

	Deadline time.Duration // of a roll
	Margin   time.Duration // by which it may be late
}

// versions returns the version of each user in the end, where that is sure.
func (h *History) versions() map[string]int64 {
	made := make(map[string]int64)
	maps.Copy(made, h.Known)
	for _, r := range h.Renames {
		made[r.User] = max(made[r.User], r.Version)
	}
	maps.DeleteFunc(made, func(user string, _ int64) bool { return h.Doubted[user] })
	return made
}

func contains(names []string, name string) bool {
	return slices.Contains(names, name)
}
