package engine

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
)

// fragment is a frame of a message that goes on after it.
func fragment(opcode byte, body string) []byte {
	f := frameOf(opcode, true, []byte(body))
	f[0] &^= 0x80
	return f
}

// floods sends frames on and on, until the connection is closed.
func (c *echoClient) floods(first, frames []byte) (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := c.NetConn().Write(first)
		for many := bytes.Repeat(frames, 1000); err == nil; {
			_, err = c.NetConn().Write(many)
		}
	}()
	return func() {
		_ = c.Close()
		<-done
	}
}

// What the websocket library throws away is counted: nobody is read from for ever who
// says nothing. Who is beside it notices nothing.
func TestFramesThatSayNothingAreCounted(t *testing.T) {
	frames, sizes := quota.Limits{Frames: 1}, quota.Limits{Bytes: 1} // what is read at once is more than may be
	tests := []struct {
		name          string
		limits        quota.Limits
		first, frames []byte
		want          string
	}{
		{"empty fragments", frames, fragment(1, "4"), fragment(0, ""), "too many frames"},
		{"fragments of a byte", frames, fragment(1, "4"), fragment(0, "x"), "too many frames"},
		{"pings", frames, nil, frameOf(9, true, nil), "too many frames"},
		{"pongs", frames, nil, frameOf(10, true, nil), "too many frames"},
		{"long pings", sizes, nil, frameOf(9, true, make([]byte, 125)), "too many bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newEchoSite(t, func(c *Config) { c.Wire.Limits, c.Wire.MaxPayload = test.limits, 1000 })
			neighbour := s.connects("EIO=4&transport=websocket")
			neighbour.Hear("0")
			c := s.connects("EIO=4&transport=websocket")
			c.Hear("0")
			stop := c.floods(test.first, test.frames)
			defer stop()
			var closed *websocket.CloseError
			for err := error(nil); closed == nil; {
				if _, _, err = c.ReadMessage(); err != nil && !errors.As(err, &closed) {
					t.Fatalf("closed without a goodbye: %v", err)
				}
			}
			if closed.Code != websocket.ClosePolicyViolation || closed.Text != test.want {
				t.Errorf("closed with %d %q, want %q", closed.Code, closed.Text, test.want)
			}
			neighbour.Say("4hello")
			neighbour.gets("4hello")
			actorstest.Eventually(t, "it to be gone", func() bool { return s.sockets.Count() == 1 })
		})
	}
}

// Who sends more frames than it may for a while waits in its connection, is not taken for
// dead meanwhile, and then goes on.
func TestManyFramesWait(t *testing.T) {
	const fragments = 3000 // 1,000 more than a moment allows
	s := newEchoSite(t, func(c *Config) {
		c.Wire.Limits.Frames = 1000
		c.Wire.Heartbeat = session.Heartbeat{Interval: 50 * time.Millisecond, Timeout: 300 * time.Millisecond}
	})
	c := s.connects("EIO=4&transport=websocket")
	c.Hear("0")
	message := fragment(1, "4")
	for range fragments - 1 {
		message = append(message, fragment(0, "x")...)
	}
	message = append(message, frameOf(0, true, nil)...)
	began := time.Now()
	_, err := c.NetConn().Write(message)
	actorstest.Must(t, err)
	if got := c.Hear("4"); len(got) != fragments {
		t.Errorf("%d bytes came back", len(got))
	}
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("taken in %v", took)
	}
}

// Whoever waits in a connection that is closed, or given no more time, waits no longer.
func TestWaitEndsWithTheConnection(t *testing.T) {
	tests := []struct {
		name string
		end  func(*paced) error
		want error
	}{
		{"closed", (*paced).Close, net.ErrClosed},
		{"no more time", func(p *paced) error { return p.SetReadDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{"little time", func(p *paced) error { return p.SetDeadline(time.Now().Add(time.Millisecond)) }, os.ErrDeadlineExceeded},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			here, there := net.Pipe()
			defer there.Close()
			p := newPaced(&frameScanner{Conn: here}, &quota.Limits{Bytes: 100})
			p.meter.Count(time.Now(), p.limits, 0, 1000) // it waits for 6 s
			if until := p.HeldUntil(time.Now()); !until.IsZero() {
				t.Errorf("held until %v", until)
			}
			failed := make(chan error, 1)
			go func() {
				_, err := p.Read(make([]byte, 10))
				failed <- err
			}()
			actorstest.Eventually(t, "it to wait", func() bool { now := time.Now(); return p.HeldUntil(now).Equal(now) })
			actorstest.Must(t, test.end(p))
			if err := <-failed; !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

// A payload is read when there is memory for it, and refused if that takes too long. It
// is held until it was taken in.
func TestPayloadsAreHeldWithinABudget(t *testing.T) {
	const size, large = 40_000, smallPayload + 1
	bodies := quota.NewBudget(4*size, size)
	s := newEchoSite(t, func(c *Config) { c.Bodies, c.bodyPatience = bodies, time.Minute })
	slow, other, small := s.opens(""), s.opens(""), s.opens("")
	first := s.writes("POST", slow.query, "4sl", size)
	actorstest.Eventually(t, "the first to be held", func() bool { return bodies.Used() == size })
	answered := make(chan answer, 1)
	go func() { answered <- other.post("4" + strings.Repeat("l", large-1)) }()
	small.posts("4small") // is not kept waiting by somebody's large one
	small.gets("4small")
	_, err := first.Write([]byte(strings.Repeat("o", size-4)))
	actorstest.Must(t, err)
	if len(answered) > 0 {
		t.Error("answered without memory")
	}
	_, err = first.Write([]byte("w"))
	actorstest.Must(t, err)
	is(t, first.reads(), 200, "ok")
	is(t, <-answered, 200, "ok")
	actorstest.Eventually(t, "all to be given back", func() bool { return bodies.Used() == 0 })

	s.writes("POST", slow.query, "4", size)
	actorstest.Eventually(t, "it to be held", func() bool { return bodies.Used() == size })
	hasty := newEchoSite(t, func(c *Config) { c.Bodies, c.bodyPatience = bodies, time.Millisecond })
	p := hasty.opens("")
	got := p.post("4" + strings.Repeat("l", large-1))
	if got.status != 503 || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "payloads") {
		t.Errorf("answered %d %v %s", got.status, got.header, got.body)
	}
}

// What announces more than is ever taken is refused before it is read.
func TestAnnouncedSizeIsJudgedFirst(t *testing.T) {
	bodies := quota.NewBudget(1000, 0)
	s := newEchoSite(t, func(c *Config) { c.Bodies = bodies })
	p := s.opens("")
	r := s.writes("POST", p.query, "4", 100_001) // nothing more comes
	if got := r.reads(); got.status != 413 || !strings.Contains(got.body, fmt.Sprint(100_000)) {
		t.Errorf("answered %d %s", got.status, got.body)
	}
	p.posts("4on")
	p.gets("4on")

	strict := newEchoSite(t, func(c *Config) { c.Bodies, c.Wire.MaxPayload = bodies, 1000 })
	r = strict.writes("POST", strict.opens("").query, "4", 1001) // less than what needs no memory
	if got := r.reads(); got.status != 413 || !strings.Contains(got.body, fmt.Sprint(1000)) {
		t.Errorf("answered %d %s", got.status, got.body)
	}
}

// deadlines notes the deadlines of writes that it is given.
type deadlines struct {
	net.Conn
	set []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error { d.set = append(d.set, t); return nil }
func (d *deadlines) SetDeadline(t time.Time) error      { return d.SetWriteDeadline(t) }

// A deadline that is a moment later than that of the write before is not set. Earlier ones
// are, and what follows them.
func TestWritesThatFollowShareADeadline(t *testing.T) {
	below := new(deadlines)
	p := newPaced(&frameScanner{Conn: below}, new(quota.Limits))
	at := func(d time.Duration) time.Time { return time.Unix(1_000_000_000, 0).Add(d) }
	for _, d := range []time.Duration{0, 1, deadlineSlack - 1, deadlineSlack, deadlineSlack + 1, -time.Second, 0, 1, 2 * deadlineSlack} {
		actorstest.Must(t, p.SetWriteDeadline(at(d)))
	}
	actorstest.Must(t, p.SetDeadline(time.Time{}))
	actorstest.Must(t, p.SetWriteDeadline(at(1)))
	actorstest.Must(t, p.SetWriteDeadline(time.Time{}))
	want := []time.Time{at(0), at(deadlineSlack), at(-time.Second), at(0), at(2 * deadlineSlack), {}, at(1), {}}
	if !slices.Equal(below.set, want) {
		t.Errorf("set %v, want %v", below.set, want)
	}
}
