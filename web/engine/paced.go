package engine

import (
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/web/httpserver"
)

// paced is the connection of a websocket, read no faster than its client may send:
// counted here, below what takes frames apart, since that throws many away unseen. While
// it does not read TCP pushes back.
type paced struct {
	net.Conn
	frames *frameScanner // counts frames, on the way
	limits *quota.Limits

	meter quota.Meter // for who reads, as are these
	full  bool        // the last read filled what it was given: more has come already

	writeBy time.Time // deadline of writes; for who writes

	mu       sync.Mutex
	wake     chan struct{} // not nil while Read waits; closed when something changes
	deadline time.Time     // of reads
	closed   bool
	held     time.Time // until when Read waited last
}

// flood is the error of a connection whose client pushes on.
type flood struct{ by quota.Cost }

// Error says it as the client is told.
func (f flood) Error() string {
	if f.by == quota.WireBytes {
		return "too many bytes"
	}
	return "too many frames"
}

func newPaced(frames *frameScanner, limits *quota.Limits) *paced {
	return &paced{Conn: frames, frames: frames, limits: limits}
}

// Read waits until the client may send more, and reads. It fails with a [flood] if the
// client has not kept to its limits for too long.
func (p *paced) Read(b []byte) (int, error) {
	if err := p.pace(); err != nil {
		return 0, err
	}
	n, err := p.Conn.Read(b)
	p.full = n == len(b)
	p.meter.Count(time.Now(), p.limits, p.frames.takeFrames(), n)
	return n, err
}

func (p *paced) pace() error {
	for {
		hold := p.meter.Hold(time.Now(), p.limits, p.full)
		switch {
		case hold.Over:
			return flood{hold.By}
		case hold.For <= 0:
			return nil
		}
		if err := p.wait(hold.For); err != nil {
			return err
		}
	}
}

// wait waits, no longer than the connection is open and reads have time.
func (p *paced) wait(d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	due := time.Now().Add(d)
	for {
		now := time.Now()
		late := !p.deadline.IsZero() && !now.Before(p.deadline)
		switch {
		case p.closed:
			return net.ErrClosed
		case late:
			return os.ErrDeadlineExceeded
		case !now.Before(due):
			p.held = now
			return nil
		}
		until := due
		if !p.deadline.IsZero() && p.deadline.Before(due) {
			until = p.deadline
		}
		p.wake = make(chan struct{})
		wake, timer := p.wake, time.NewTimer(until.Sub(now))
		p.mu.Unlock()
		select {
		case <-timer.C:
		case <-wake:
		}
		timer.Stop()
		p.mu.Lock()
		p.wake = nil
	}
}

// drain reads, for as long as reads have time, what is of no use: or the goodbye would be
// lost together with what is yet to come.
func (p *paced) drain() { _, _ = io.Copy(io.Discard, p.frames.Conn) }

// HeldUntil returns until when Read waited: now if it does, the zero time if it never did.
func (p *paced) HeldUntil(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wake != nil {
		return now
	}
	return p.held
}

// NetConn returns the connection below.
func (p *paced) NetConn() net.Conn { return p.Conn }

// Close closes the connection.
func (p *paced) Close() error {
	p.change(func() { p.closed = true })
	return p.Conn.Close()
}

// SetReadDeadline sets by when a read, and its wait, is given up.
func (p *paced) SetReadDeadline(t time.Time) error {
	p.change(func() { p.deadline = t })
	return p.Conn.SetReadDeadline(t)
}

// SetDeadline sets it for reads and writes.
func (p *paced) SetDeadline(t time.Time) error {
	p.change(func() { p.deadline = t })
	p.writeBy = t
	return p.Conn.SetDeadline(t)
}

// deadlineSlack is by how much a write may be given up too early.
const deadlineSlack = httpserver.WritePatience / 10

// SetWriteDeadline sets by when a write is given up, or leaves what was set a moment ago:
// to set a timer for each small write would be a good part of its price.
func (p *paced) SetWriteDeadline(t time.Time) error {
	if later := t.Sub(p.writeBy); later >= 0 && later < deadlineSlack {
		return nil
	}
	p.writeBy = t
	return p.Conn.SetWriteDeadline(t)
}

func (p *paced) change(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
	if p.wake != nil {
		close(p.wake)
		p.wake = nil
	}
}
