//go:build unix

package faults

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

// redisProxy stands between the nodes and their Redis. It can be deaf: then it
// delivers nothing that was published, and passes on everything else, so that
// connections stay and pings are answered. And it can be slow.
type redisProxy struct {
	listener net.Listener
	target   string
	deaf     atomic.Bool
	delay    atomic.Int64 // nanoseconds that each answer takes longer
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// newRedisProxy listens at an address, for a Redis.
func newRedisProxy(t testing.TB, at, target string) *redisProxy {
	t.Helper()
	listener, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	p := &redisProxy{listener: listener, target: target, conns: make(map[net.Conn]bool)}
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// url returns where nodes reach the proxy.
func (p *redisProxy) url() string { return "redis://" + p.listener.Addr().String() }

func (p *redisProxy) accept() {
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
		p.keep(client, server)
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

func (p *redisProxy) keep(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
}

func (p *redisProxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}

func (p *redisProxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// passOn copies what the server says; what is pushed to subscribers are three bulk
// strings: message, the channel, and the payload.
func (p *redisProxy) passOn(client, server net.Conn) {
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
				if p.deaf.Load() {
					continue
				}
			}
		}
		if d := time.Duration(p.delay.Load()); d > 0 {
			<-time.After(d)
		}
		if _, err := client.Write([]byte(text)); err != nil {
			return
		}
	}
}
