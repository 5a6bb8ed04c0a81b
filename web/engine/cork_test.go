package engine

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/web/httpserver"
)

// spy counts the writes of the connection below it.
type spy struct {
	net.Conn
	mu        sync.Mutex
	writes    [][]byte
	deadlines []time.Time
	err       error
}

func (s *spy) Write(p []byte) (int, error) {
	s.mu.Lock()
	s.writes = append(s.writes, bytes.Clone(p))
	err := s.err
	s.mu.Unlock()
	if err != nil || s.Conn == nil {
		return len(p), err
	}
	return s.Conn.Write(p)
}

func (s *spy) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	s.deadlines = append(s.deadlines, t)
	s.mu.Unlock()
	if s.Conn == nil {
		return nil
	}
	return s.Conn.SetWriteDeadline(t)
}

// written returns how many writes there were, and what they wrote.
func (s *spy) written() (writes int, all string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.writes), string(bytes.Join(s.writes, nil))
}

func (s *spy) want(t *testing.T, writes int, all string) {
	t.Helper()
	if n, got := s.written(); n != writes || got != all {
		t.Errorf("%d writes of %q, want %d of %q", n, got, writes, all)
	}
}

func TestCorkMakesOneWriteOfMany(t *testing.T) {
	raw := &spy{}
	c := NewCork(raw).(*Cork)
	write := func(text string) {
		t.Helper()
		if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	write("a")
	write("b")
	raw.want(t, 2, "ab")

	c.Cork()
	actorstest.Must(t, c.SetWriteDeadline(time.Now().Add(time.Hour)))
	write("c")
	write("d")
	write("e")
	raw.want(t, 2, "ab")
	if len(raw.deadlines) != 0 {
		t.Errorf("deadlines %v while nothing is written", raw.deadlines)
	}
	before := time.Now()
	actorstest.Must(t, c.Uncork())
	raw.want(t, 3, "abcde")
	if len(raw.deadlines) != 1 || raw.deadlines[0].Before(before.Add(httpserver.WritePatience)) || raw.deadlines[0].After(time.Now().Add(httpserver.WritePatience)) {
		t.Errorf("deadlines %v", raw.deadlines)
	}

	actorstest.Must(t, c.Uncork()) // nothing is left
	c.Cork()
	actorstest.Must(t, c.Uncork())
	raw.want(t, 3, "abcde")
	write("f")
	raw.want(t, 4, "abcdef")
	at := time.Now().Add(time.Minute)
	actorstest.Must(t, c.SetWriteDeadline(at))
	if last := raw.deadlines[len(raw.deadlines)-1]; !last.Equal(at) {
		t.Errorf("deadline %v", last)
	}
}

func TestWhatIsCorkedIsTheCorks(t *testing.T) {
	raw := &spy{}
	c := NewCork(raw).(*Cork)
	c.Cork()
	p := []byte("abc")
	_, _ = c.Write(p)
	copy(p, "xyz") // gorilla uses its buffer again
	actorstest.Must(t, c.Uncork())
	raw.want(t, 1, "abc")
}

func TestCorkReportsAFailedWrite(t *testing.T) {
	raw := &spy{err: net.ErrClosed}
	c := NewCork(raw).(*Cork)
	c.Cork()
	_, _ = c.Write([]byte("a"))
	if err := c.Uncork(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v", err)
	}
	raw.err = nil
	actorstest.Must(t, c.Uncork()) // what failed is not written again
	raw.want(t, 1, "a")
}

func TestLargeBuffersAreNotKept(t *testing.T) {
	raw := &spy{}
	c := NewCork(raw).(*Cork)
	for _, size := range []int{corkKeep * 2, 10} {
		c.Cork()
		_, _ = c.Write(make([]byte, size))
		actorstest.Must(t, c.Uncork())
	}
	if n, all := raw.written(); n != 2 || len(all) != corkKeep*2+10 {
		t.Errorf("%d writes of %d bytes", n, len(all))
	}
}

// Whoever writes while another has corked loses nothing, and no frame is torn.
func TestConcurrentWritesAreWholeAndNoneIsLost(t *testing.T) {
	raw := &spy{}
	c := NewCork(raw).(*Cork)
	const writers, each = 4, 200
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				_, _ = fmt.Fprintf(c, "[%d:%d]", w, i)
				_ = c.SetWriteDeadline(time.Now().Add(time.Minute))
			}
		})
	}
	writing.Go(func() {
		for range each {
			c.Cork()
			_, _ = c.Write([]byte("[cork]"))
			_ = c.Uncork()
		}
	})
	writing.Wait()
	actorstest.Must(t, c.Uncork())
	_, all := raw.written()
	for w := range writers {
		at := 0
		for i := range each {
			frame := fmt.Sprintf("[%d:%d]", w, i)
			next := strings.Index(all[at:], frame)
			if next < 0 {
				t.Fatalf("%s is lost or out of order", frame)
			}
			at += next
		}
	}
	if n := strings.Count(all, "[cork]"); n != each {
		t.Errorf("%d of %d corked frames", n, each)
	}
}

func TestCorkIsFoundBelow(t *testing.T) {
	raw := &spy{}
	c := NewCork(raw)
	tests := map[string]struct {
		conn net.Conn
		want net.Conn
	}{
		"itself":             {c, c},
		"below TLS":          {tls.Client(c, &tls.Config{}), c},
		"below early bytes":  {&earlyConn{Conn: c}, c},
		"below both":         {&earlyConn{Conn: tls.Client(c, &tls.Config{})}, c},
		"nowhere":            {raw, nil},
		"nowhere, below TLS": {tls.Client(raw, &tls.Config{}), nil},
	}
	for name, test := range tests {
		got := corkOf(test.conn)
		if test.want == nil && got != nil || test.want != nil && got != test.want.(*Cork) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCorkEndsOneDirection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	actorstest.Must(t, err)
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	actorstest.Must(t, err)
	defer conn.Close()
	accepted, err := l.Accept()
	actorstest.Must(t, err)
	defer accepted.Close()
	cork := NewCork(accepted).(*Cork)
	actorstest.Must(t, cork.CloseWrite())
	if got, err := io.ReadAll(conn); len(got) > 0 || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	_, err = conn.Write([]byte("x"))
	actorstest.Must(t, err)
	if _, err := io.ReadFull(cork, make([]byte, 1)); err != nil {
		t.Errorf("the other direction ended, too: %v", err)
	}
	pipe, other := net.Pipe()
	defer pipe.Close()
	defer other.Close()
	if err := NewCork(pipe).(*Cork).CloseWrite(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("of a pipe: %v", err)
	}
}
