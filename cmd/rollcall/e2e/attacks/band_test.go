//go:build linux

package attacks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// band are those who attack a node, from an address of their own.
type band struct {
	*testing.T
	*siege
	node *harness.Node
	to   string // where the band connects to, host:port
	from net.IP
	ctx  context.Context // ends with the attack

	*books
}

// books are what a band keeps.
type books struct {
	busy  sync.WaitGroup
	mu    sync.Mutex
	conns []net.Conn
	did   map[string]int // what they did and saw, by words for it
}

// at returns the same band before another node. What that opens, it keeps.
func (b *band) at(n *harness.Node) *band {
	return &band{T: b.T, siege: b.siege, node: n, to: n.Addr, ctx: b.ctx, from: b.from, books: b.books}
}

// count notes how often something was done or seen.
func (b *band) count(what string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did[what] += n
}

// counted returns how often something was.
func (b *band) counted(what string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.did[what]
}

// String says what they did and saw.
func (b *band) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var words []string
	for _, what := range slices.Sorted(maps.Keys(b.did)) {
		if strings.HasPrefix(what, "bytes") {
			words = append(words, megabytes(int64(b.did[what]))+strings.TrimPrefix(what, "bytes"))
			continue
		}
		words = append(words, fmt.Sprintf("%d %s", b.did[what], what))
	}
	return strings.Join(words, ", ")
}

// dial connects to the attacked node.
func (b *band) dial() (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: b.from}, Timeout: crowd.Patience}
	conn, err := dialer.DialContext(b.ctx, "tcp", b.to)
	if err != nil {
		b.count("connections failed", 1)
		return nil, err
	}
	b.mu.Lock()
	b.conns = append(b.conns, conn)
	b.mu.Unlock()
	return conn, nil
}

// gather ends what the band does: what waits for a connection waits no more.
func (b *band) gather() {
	b.mu.Lock()
	for _, c := range b.conns {
		_ = c.SetDeadline(time.Unix(1, 0))
	}
	b.mu.Unlock()
	b.busy.Wait()
}

// disband closes what the band has opened.
func (b *band) disband() {
	b.gather()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		_ = c.Close()
	}
}

// together has n of the band do something over and over, each on its own, until the
// attack ends. Whose turn fails pauses for a moment, so that it does not compete with the
// cluster for the machine for nothing.
func (b *band) together(n int, turn func(i int) error) {
	for i := range n {
		b.busy.Go(func() {
			for b.ctx.Err() == nil {
				if turn(i) != nil {
					crowd.Wait(b.ctx, 20*time.Millisecond)
				}
			}
		})
	}
}

// drain reads what comes over a connection until it ends, and counts the answers by
// their status.
func (b *band) drain(conn net.Conn) error {
	chunk := make([]byte, 64<<10)
	for {
		n, err := conn.Read(chunk)
		b.count("bytes back", n)
		for _, class := range []string{"2", "3", "4", "5"} {
			if found := bytes.Count(chunk[:n], []byte("HTTP/1.1 "+class)); found > 0 {
				b.count("answers "+class+"xx", found)
			}
		}
		if err != nil {
			if b.ctx.Err() == nil {
				b.count("connections closed", 1)
			}
			return err
		}
	}
}

// stream opens connections, n at a time, and writes what next returns for each over and
// over, as fast as the node takes it, and reads the answers. A connection that the node
// ends is followed by another one.
func (b *band) stream(n int, next func(connection, turn int) []byte) {
	b.together(n, func(i int) error {
		conn, err := b.dial()
		if err != nil {
			return err
		}
		ended := make(chan struct{})
		b.busy.Go(func() { defer close(ended); _ = b.drain(conn) })
		err = b.pour(conn, func(turn int) []byte { return next(i, turn) })
		_ = conn.Close()
		<-ended
		return err
	})
}

// pour writes over and over, until the attack ends or the node does not take it.
func (b *band) pour(conn net.Conn, next func(turn int) []byte) error {
	for turn := 0; b.ctx.Err() == nil; turn++ {
		n, err := conn.Write(next(turn))
		b.count("bytes", n)
		if err != nil {
			return err
		}
	}
	return nil
}

// hold opens n connections, and keeps them: after the greeting they say nothing more, or
// what trickle has each say now and then.
func (b *band) hold(n int, greeting string, trickle func(turn int) string) {
	const together = 8
	share := make(chan struct{}, n)
	for range n {
		share <- struct{}{}
	}
	close(share)
	var held sync.WaitGroup
	for range together {
		held.Go(func() {
			for range share {
				if b.ctx.Err() != nil {
					return
				}
				conn, err := b.dial()
				if err != nil {
					continue
				}
				b.count("connections", 1)
				_, _ = io.WriteString(conn, greeting) // who refuses it closes
				b.busy.Go(func() { _ = b.drain(conn) })
			}
		})
	}
	held.Wait()
	if trickle == nil {
		return
	}
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for turn := 0; b.ctx.Err() == nil; turn++ {
		b.mu.Lock()
		conns := slices.Clone(b.conns)
		b.mu.Unlock()
		for _, conn := range conns {
			_, _ = io.WriteString(conn, trickle(turn))
		}
		select {
		case <-again.C:
		case <-b.ctx.Done():
		}
	}
}

// repeated returns a text so many times in a row.
func repeated(text string, times int) []byte { return bytes.Repeat([]byte(text), times) }

var errNotWelcome = errors.New("the node does not let this one in")
