//go:build unix

package e2e

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// forwarder passes on what comes to a port, over TCP and UDP, to another one: as NAT
// does, and Docker for the ports that it publishes.
type forwarder struct {
	target  string
	streams net.Listener
	packets net.PacketConn
	running sync.WaitGroup

	connections, datagrams atomic.Int64 // that were passed on

	mu     sync.Mutex
	open   []net.Conn
	closed bool
}

// forward listens at an address until the test ends.
func forward(t testing.TB, at, target string) *forwarder {
	t.Helper()
	f := &forwarder{target: target}
	var err error
	if f.streams, err = net.Listen("tcp", at); err != nil {
		t.Fatal(err)
	}
	if f.packets, err = net.ListenPacket("udp", at); err != nil {
		t.Fatal(err)
	}
	f.running.Go(f.accept)
	f.running.Go(f.copyPackets)
	t.Cleanup(f.close)
	return f
}

func (f *forwarder) accept() {
	for {
		client, err := f.streams.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", f.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		f.connections.Add(1)
		f.keep(client, server)
		for from, to := range map[net.Conn]net.Conn{client: server, server: client} {
			f.running.Go(func() {
				_, _ = io.Copy(to, from) // ends when either side does
				_, _ = client.Close(), server.Close()
			})
		}
	}
}

func (f *forwarder) keep(conns ...net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = append(f.open, conns...)
	if f.closed {
		f.closeOpen()
	}
}

// copyPackets passes packets on one way: who answers sends to where the asker is known.
func (f *forwarder) copyPackets() {
	to, err := net.ResolveUDPAddr("udp", f.target)
	if err != nil {
		return
	}
	packet := make([]byte, 64<<10)
	for {
		n, _, err := f.packets.ReadFrom(packet)
		if err != nil {
			return
		}
		if _, err := f.packets.WriteTo(packet[:n], to); err == nil {
			f.datagrams.Add(1)
		}
	}
}

func (f *forwarder) closeOpen() {
	for _, c := range f.open {
		_ = c.Close()
	}
}

func (f *forwarder) close() {
	_, _ = f.streams.Close(), f.packets.Close()
	f.mu.Lock()
	f.closed = true
	f.closeOpen()
	f.mu.Unlock()
	f.running.Wait()
}
