//go:build unix

package redistest

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy stands between clients and their Redis.
type Proxy struct {
	// Deaf: it delivers nothing that was published, and passes on everything else, so
	// that connections stay and pings are answered.
	Deaf atomic.Bool
	// Delay is how many nanoseconds each answer takes longer.
	Delay atomic.Int64

	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// NewProxy listens at an address, for the Redis at target, until the test ends.
func NewProxy(t testing.TB, at, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, target: target, conns: make(map[net.Conn]bool)}
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// URL returns where clients reach the proxy.
func (p *Proxy) URL() string { return "redis://" + p.listener.Addr().String() }

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		if !p.keep(client, server) {
			return
		}
		p.running.Go(func() {
			p.passOn(client, server)
			p.drop(client, server)
		})
		p.running.Go(func() {
			_, _ = io.Copy(server, client)
			p.drop(client, server)
		})
	}
}

// keep notes connections to be closed at the end; false: that was already, and they are
// closed.
func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.closed {
			_ = c.Close()
			continue
		}
		p.conns[c] = true
	}
	return !p.closed
}

func (p *Proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// passOn copies what the server says; what is pushed to subscribers are three bulk
// strings: message, the channel, and the payload.
func (p *Proxy) passOn(client, server net.Conn) {
	from := bufio.NewReader(server)
	line := func() string {
		text, err := from.ReadString('\n')
		if err != nil {
			return ""
		}
		return text
	}
	for {
		text := line()
		if text == "" {
			return
		}
		if text == ">3\r\n" || text == "*3\r\n" {
			text += line() + line()
			if strings.HasSuffix(text, "\r\nmessage\r\n") {
				text += line() + line() + line() + line()
				if p.Deaf.Load() {
					continue
				}
			}
		}
		if d := time.Duration(p.Delay.Load()); d > 0 {
			<-time.After(d)
		}
		if _, err := client.Write([]byte(text)); err != nil {
			return
		}
	}
}
