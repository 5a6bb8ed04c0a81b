//go:build linux

package attacks

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
)

// A link of 20 Mbit/s.
const (
	slowChunk = 25_000
	slowEvery = 10 * time.Millisecond
)

// slowReaders has well-behaved clients with slow links be in a room: one at each node. The
// function that it returns is called when the attack has begun; these clients must still
// be connected when it is over.
func (b *band) slowReaders(room string) (begun func()) {
	var readers []*slowReader
	for _, n := range b.cluster.Nodes {
		home := b.at(n)
		home.from, home.books = net.IPv4(127, 0, 0, 1), &books{did: make(map[string]int)} // none of them
		w, err := home.enter(room)
		if err != nil {
			b.Errorf("a client with a slow link was not let in: %v", err)
			continue
		}
		b.Cleanup(func() { _ = w.Close() })
		_ = w.Conn.(*net.TCPConn).SetReadBuffer(slowChunk)
		readers = append(readers, &slowReader{Conn: w.Conn, node: n.Name})
	}
	return func() {
		for _, r := range readers {
			b.busy.Go(func() { r.read(b.ctx) })
		}
		b.busy.Go(func() {
			<-b.ctx.Done()
			for _, r := range readers {
				r.mu.Lock()
				defer r.mu.Unlock()
				if r.failed != nil {
					b.Errorf("a client of %s with a slow link was closed: %v", r.node, r.failed)
				}
			}
		})
	}
}

// slowReader reads no faster than its link is.
type slowReader struct {
	net.Conn
	node string

	mu     sync.Mutex
	failed error // why it was closed while the attack went on
}

func (r *slowReader) read(ctx context.Context) {
	chunk := make([]byte, slowChunk)
	stop := context.AfterFunc(ctx, func() { _ = r.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for ctx.Err() == nil {
		if _, err := r.Read(chunk); err != nil {
			if ctx.Err() == nil {
				r.mu.Lock()
				r.failed = err
				r.mu.Unlock()
			}
			return
		}
		crowd.Wait(ctx, slowEvery)
	}
}
