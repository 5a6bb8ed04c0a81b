package dash

import (
	"time"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/protos"
)

// State is how the cluster is at one moment.
type State struct {
	At      moment    `json:"at"`
	Node    string    `json:"node"` // that was asked
	Tracing tracing   `json:"tracing"`
	Nodes   []tile    `json:"nodes"`   // by name; those that are gone last
	Traffic []traffic `json:"traffic"` // by name; what is 0 is left out
	Astray  []string  `json:"astray"`  // nodes that have another user store than the one that was asked
}

// status is how a node is.
type status string

const (
	up       status = "up"
	suspect  status = "suspect"  // a live member that did not answer: the figures are the last known
	draining status = "draining" // it sends its clients away
	gone     status = "gone"     // left or was evicted within the last ten minutes
)

// tile is one node.
type tile struct {
	Node    string  `json:"node"`
	Status  status  `json:"status"`
	Since   moment  `json:"since"` // of the status
	Started moment  `json:"started"`
	Version string  `json:"version"`
	Address string  `json:"address"`
	Latency float64 `json:"latency_ms"` // of the survey
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
	State string  `json:"state"` // up, down or none
	Since *moment `json:"since"`
	Error string  `json:"error"`
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
	is := backend{State: "none", Error: b.GetError()}
	switch b.GetState() {
	case protos.Backend_UP:
		is.State = "up"
	case protos.Backend_DOWN:
		is.State = "down"
	}
	if ms := b.GetSince(); ms > 0 {
		since := moment(time.UnixMilli(ms))
		is.Since = &since
	}
	return is
}

// moment is a time as clients get it: RFC 3339 in UTC, with milliseconds.
type moment time.Time

// MarshalJSON writes it.
func (m moment) MarshalJSON() ([]byte, error) {
	text := append(make([]byte, 0, 26), '"')
	return append(actors.AppendMoment(text, time.Time(m).UnixMilli()), '"'), nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
