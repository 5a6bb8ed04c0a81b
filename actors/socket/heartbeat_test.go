package socket

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// respondent is a client in false time, by whatever transport, that answers so many pings,
// each as soon as it has it.
type respondent struct {
	t       *testing.T
	sockets *Sockets
	socket  *Socket
	sid     string
	posting chan struct{} // holds one while a POST is under way

	present context.Context // until it leaves
	leave   context.CancelFunc

	mu     sync.Mutex
	says   func(packet string) // may wait
	pongs  int                 // that it will still say
	unread time.Time           // until when its transport does not read what it says

	began time.Time
	ended chan time.Duration // since it began
}

var (
	_ Transport = (*respondent)(nil)
	_ Paced     = (*respondent)(nil)
)

func newRespondent(t *testing.T, system *actor.ActorSystem, pongs int) *respondent {
	r := &respondent{
		t: t, sockets: NewSockets(Config{System: system, Node: "node-1", Log: slog.New(slog.DiscardHandler)}), pongs: pongs,
		posting: make(chan struct{}, 1), ended: make(chan time.Duration, 1),
	}
	r.present, r.leave = context.WithCancel(t.Context())
	return r
}

// parts returns when nothing is left of its node.
func (r *respondent) parts() {
	r.leave() // a poll may come to its socket when that has just stopped, and would wait
	r.sockets.parts()
}

// opens opens the socket of a client that has a websocket, or polls.
func (r *respondent) opens(websocket bool, heartbeat session.Heartbeat) {
	wire := testWire()
	wire.Heartbeat, wire.Outbound, wire.Limits.Packets = heartbeat, 4<<20, 1
	r.began = time.Now()
	o := Opening{
		Version: engineio.V4, Wire: wire, Upgrades: []string{"websocket"},
		Raw: func(s *Socket) Conversation {
			r.socket = s
			return repeater{s}
		},
		Ended: func() { r.ended <- time.Since(r.began) },
	}
	r.mu.Lock()
	if websocket {
		o.Transport = r
		line := r.sockets.Open(o)
		r.says = func(packet string) { line.Receive([]byte(packet), false) }
	} else {
		r.sid = r.sockets.OpenPolling(o)
		r.says = r.posts
	}
	r.mu.Unlock()
	synctest.Wait() // until its actor has started
}

// polls polls until its session has ended.
func (r *respondent) polls() {
	for {
		var payload []byte
		if r.sockets.Poll(r.present, r.sid, func(p []byte) error { payload = p; return nil }) != nil {
			return
		}
		readSlowly(len(payload))
		for packet := range strings.SplitSeq(string(payload), "\x1e") {
			r.hears(packet)
		}
	}
}

// posts sends packets by one POST, after the one that is under way.
func (r *respondent) posts(packets string) {
	r.posting <- struct{}{}
	defer func() { <-r.posting }()
	if p, err := r.sockets.BeginPost(r.present, r.sid); err == nil {
		_ = p.Deliver(r.present, []byte(packets)) // it may have ended meanwhile
	}
}

// carried gives the session a websocket, as if that were at another node.
func (r *respondent) carried() {
	line := r.sockets.carries(r.present, r.t, r.sid, r)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.says = func(packet string) { line.Receive([]byte(packet), false) }
}

// readSlowly takes the time in which a slow client reads so much, if it is much.
func readSlowly(bytes int) {
	if bytes >= writeSlice {
		<-time.After(time.Duration(bytes) * time.Second / slowest)
	}
}

// Write takes no more than the client reads.
func (r *respondent) Write(frames []*outbox.Frame) error {
	readSlowly(lengthOf(frames))
	for _, f := range frames {
		r.hears(string(f.Data))
	}
	return nil
}

func (r *respondent) Close(session.Reason) {}

func (r *respondent) HeldUntil(now time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.unread) {
		return now
	}
	return r.unread
}

func (r *respondent) hears(packet string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if packet != "2" || r.pongs == 0 {
		return
	}
	r.pongs--
	says, unread := r.says, time.NewTimer(time.Until(r.unread))
	go func() {
		<-unread.C
		says("3")
	}()
}

// sized is a message that has that many bytes as a frame.
func sized(bytes int) engineio.Packet {
	return engineio.Packet{Type: engineio.Message, Data: []byte(strings.Repeat("x", bytes-1))}
}

// Who cannot be heard, or cannot read a ping, for what the server does has its whole time
// after that. Who says nothing of its own will is closed, also if it was excused before.
func TestOnlySilenceOfItsOwnWillEndsASocket(t *testing.T) {
	const many = 13 // packets, of which it may send two at once, and one a second
	flood := strings.TrimSuffix(strings.Repeat("4x\x1e", many), "\x1e")
	quick := session.Heartbeat{Interval: time.Second, Timeout: 3 * time.Second}
	usual := session.Heartbeat{Interval: 10 * time.Second, Timeout: 30 * time.Second}
	const large = 512 << 10
	const reads = large * time.Second / slowest
	toBeRead := func(r *respondent) {
		r.socket.Send(sized(large))
		r.socket.Send(sized(large))
	}
	tests := []struct {
		name      string
		websocket bool
		heartbeat session.Heartbeat
		hinder    func(*respondent)
		pinged    time.Duration // the client could answer the first ping then, and
		answered  time.Duration // the server would have that answer
	}{
		{"held back, websocket", true, quick, func(r *respondent) {
			for packet := range strings.SplitSeq(flood, "\x1e") {
				r.says(packet)
			}
		}, 11 * time.Second, 12 * time.Second},
		{"held back, websocket elsewhere", false, quick, func(r *respondent) {
			r.carried()
			for packet := range strings.SplitSeq(flood, "\x1e") {
				r.says(packet)
			}
		}, 11 * time.Second, 12 * time.Second},
		{"held back, polling", false, quick, func(r *respondent) {
			go r.polls()
			go r.posts(flood)
		}, 11 * time.Second, 12 * time.Second},
		{"not read", true, usual, func(r *respondent) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.unread = r.began.Add(time.Minute)
		}, time.Minute, time.Minute},
		{"busy reading, websocket", true, usual, toBeRead, 2 * reads, 2 * reads},
		{"busy reading, websocket elsewhere", false, usual, func(r *respondent) {
			r.carried()
			toBeRead(r)
		}, 2 * reads, 2 * reads},
		{"busy reading, polling", false, usual, func(r *respondent) {
			toBeRead(r)
			go r.polls()
		}, 2 * reads, 2 * reads},
	}
	for _, test := range tests {
		h := test.heartbeat
		for _, mode := range []struct {
			name  string
			pongs int
			want  time.Duration // 0 for never
		}{
			{"silent", 0, test.pinged + h.Timeout},
			{"silent later", 1, test.answered + h.Interval + h.Timeout},
			{"answers", 1000, 0},
		} {
			t.Run(test.name+", "+mode.name, func(t *testing.T) {
				system := newTestSystem(t)
				synctest.Test(t, func(t *testing.T) {
					r := newRespondent(t, system, mode.pongs)
					r.opens(test.websocket, h)
					test.hinder(r)
					select {
					case got := <-r.ended:
						if got != mode.want || r.socket.reason != session.PingTimeout {
							t.Errorf("ended after %v by %q, want %v", got, r.socket.reason, mode.want)
						}
					case <-time.After(10 * time.Minute):
						if mode.want > 0 {
							t.Errorf("it is there still, want it to end after %v", mode.want)
						}
					}
					r.parts()
				})
			})
		}
	}
}

// A client that is behind is heard between two slices of what waits for it.
func TestSlowReaderIsHeardMeanwhile(t *testing.T) {
	system := newTestSystem(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRespondent(t, system, 0)
		r.opens(true, session.Heartbeat{Interval: time.Hour, Timeout: time.Hour})
		r.socket.Do(func() { // before it writes any
			for range 8 {
				r.socket.Send(sized(writeSlice))
			}
		})
		synctest.Wait() // it writes the first
		r.says("4x")
		<-time.After((writeSlice + 1) * time.Second / slowest)
		l := r.socket.line
		l.mu.Lock()
		waiting := l.waiting
		l.mu.Unlock()
		if waiting > 0 || r.socket.Waiting() == 0 {
			t.Errorf("%d frames wait for the socket, and %d bytes for its client", waiting, r.socket.Waiting())
		}
		r.parts()
	})
}
