package actors

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
)

// Config says how a node behaves, and what it stands on. The zero value of a
// limit is its default.
type Config struct {
	Membership *membership.Cluster // started; the node does not close it
	Users      *identity.Store     // the node does not close it
	Bus        *identity.Bus       // nil without Redis
	Tracer     *trace.Tracer       // nil if tracing is off; that of the room grains, too
	Logger     *slog.Logger

	Metrics   *metrics.Metrics     // what the node counts, and Membership sends; nil for new ones
	Directory *directory.Directory // the actors of the node, and the grains of Membership; nil for a new one

	// Access says who the clients are, by the tokens that they show; nil if they are whom
	// they say.
	Access  access.Verifier
	Leeway  time.Duration // how long after it expires the socket of a token is closed
	AnyUser bool          // who is vouched for by a token needs no row in Users; only with Access

	Version  string      // of the program, for operators
	Draining func() bool // whether the node sends its clients away; nil for never

	RollDeadline time.Duration // by when a roll is answered, complete or not, and a message confirmed; DefaultRollDeadline
	MaxRooms     int           // rooms that a socket may be in at a time; DefaultMaxRooms
	MaxPerRoom   int           // sockets in one room of the cluster; 0 for any number
	OutboxMemory int64         // bytes that may wait for all clients of the node together; 0 for any number
	NoMessages   bool          // clients may not send messages to rooms

	// MaxIdentityChange is how many bytes an identity-change event of a client may have,
	// its arguments and attachments together; 8 KiB.
	MaxIdentityChange int

	// Partials is what is held of what clients have begun to send and not ended; nil for any
	// number of bytes.
	Partials *quota.Partials

	// queueing is how long a query waits for a slow roll call that started before
	// it came, before it starts another one beside that; 20 ms.
	queueing time.Duration

	joinPatience time.Duration // how long a join waits for the room grain; JoinPatience
	rosterIdle   time.Duration // how long a roster without sockets stays to answer queries; 10 s
	idleRosters  int           // how many of them stay; idleRosters
	sampleEvery  time.Duration // 5 s
	holdBack     time.Duration // how long a change of a user waits for a relay that says the same; HoldBack

	speechPatience time.Duration // how long a message to a room may wait to go out; SpeechPatience
}

// DefaultRollDeadline is far more than a roll takes, and little to wait for a silent node.
const DefaultRollDeadline = 250 * time.Millisecond

// idleRosters bounds the rosters without sockets that stay in case their rooms are asked
// for again. Each takes a few kilobytes, and what it has seen of its room elsewhere.
const idleRosters = 4096

func (c Config) withDefaults() Config {
	if c.Metrics == nil {
		c.Metrics = new(metrics.Metrics)
	}
	if c.Directory == nil {
		c.Directory = new(directory.Directory)
	}
	if c.Draining == nil {
		c.Draining = func() bool { return false }
	}
	c.holdBack = cmp.Or(c.holdBack, room.HoldBack)
	c.sampleEvery = cmp.Or(c.sampleEvery, operate.SampleEvery)
	c.RollDeadline = cmp.Or(c.RollDeadline, DefaultRollDeadline)
	c.MaxRooms = cmp.Or(c.MaxRooms, DefaultMaxRooms)
	c.MaxIdentityChange = cmp.Or(c.MaxIdentityChange, DefaultMaxIdentityChange)
	c.queueing = cmp.Or(c.queueing, 20*time.Millisecond)
	c.speechPatience = cmp.Or(c.speechPatience, room.SpeechPatience)
	c.joinPatience = cmp.Or(c.joinPatience, room.JoinPatience)
	c.idleRosters = cmp.Or(c.idleRosters, idleRosters)
	c.rosterIdle = cmp.Or(c.rosterIdle, 10*time.Second)
	return c
}
