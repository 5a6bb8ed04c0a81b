package dash

import (
	"fmt"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

// clusterState is how the cluster is at one moment.
type clusterState struct {
	At      room.Timestamp `json:"at"`
	Node    string         `json:"node"` // that was asked
	Tracing tracing        `json:"tracing"`
	Nodes   []nodeState    `json:"nodes"`   // by name; those that are gone last
	Traffic []traffic      `json:"traffic"` // by name; what is 0 is left out
	Astray  []string       `json:"astray"`  // nodes that have another user store than the one that was asked
}

// nodeStatus is how a node is.
type nodeStatus string

const (
	up       nodeStatus = "up"
	suspect  nodeStatus = "suspect"  // a live member that did not answer: the figures are the last known
	draining nodeStatus = "draining" // it sends its clients away
	gone     nodeStatus = "gone"     // left or was evicted within the last ten minutes
)

// nodeState is one node.
type nodeState struct {
	Node    string         `json:"node"`
	Status  nodeStatus     `json:"status"`
	Since   room.Timestamp `json:"since"` // of the status
	Started room.Timestamp `json:"started"`
	Version string         `json:"version"`
	Address string         `json:"address"`    // where it answers HTTP; "" if it does not say
	Latency float64        `json:"latency_ms"` // of its answer to the survey
	figures
}

// figures are what a node reports of itself.
type figures struct {
	Sockets      int64   `json:"sockets"`
	Rooms        int64   `json:"rooms"`
	MailboxP99   int64   `json:"mailbox_p99"` // messages
	MailboxMax   int64   `json:"mailbox_max"`
	Redis        backend `json:"redis"`
	Database     backend `json:"database"`
	DroppedSpans uint64  `json:"dropped_spans"`
	DeadLetters  uint64  `json:"dead_letters"`
	Panics       uint64  `json:"panics"`
	Goroutines   int64   `json:"goroutines"`
	MemoryBytes  int64   `json:"memory_bytes"`
}

// backend is a server that a node uses.
type backend struct {
	State string          `json:"state" enum:"up,down,none"`
	Since *room.Timestamp `json:"since"`
	Error string          `json:"error"`
}

// traffic is what one node sends another.
type traffic struct {
	From     string  `json:"from"`
	To       string  `json:"to"`
	Messages float64 `json:"messages_per_s"`
}

func figuresOf(r *protos.Report) figures {
	return figures{
		Sockets: r.GetSockets(), Rooms: r.GetRooms(), MailboxP99: r.GetMailboxP99(), MailboxMax: r.GetMailboxMax(),
		Redis: backendOf(r.GetRedis()), Database: backendOf(r.GetDatabase()),
		DroppedSpans: r.GetDroppedSpans(), DeadLetters: r.GetDeadLetters(), Panics: r.GetPanics(),
		Goroutines: r.GetGoroutines(), MemoryBytes: r.GetMemoryBytes(),
	}
}

func backendOf(b *protos.Backend) backend {
	return backend{State: word(b.GetState()), Since: moment(b.GetSince()), Error: b.GetError()}
}

// word returns a value of an enum as the page reads it.
func word(value fmt.Stringer) string { return strings.ToLower(value.String()) }

// moment returns a time in Unix milliseconds, nil for 0, which stands for none.
func moment(ms int64) *room.Timestamp {
	if ms <= 0 {
		return nil
	}
	at := room.TimestampOf(time.UnixMilli(ms))
	return &at
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
