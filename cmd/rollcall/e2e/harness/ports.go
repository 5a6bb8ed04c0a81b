//go:build unix

package harness

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Ports returns the first of n neighbouring ports of 127.0.0.1 that nobody uses,
// neither over TCP nor over UDP. They lie below those from which systems take
// the ports of outgoing connections, so that a node that was killed finds its
// own free again.
func Ports(t testing.TB, n int) int {
	t.Helper()
	const lowest, highest = 20000, 32000
	for range 1000 {
		first := lowest + rand.IntN(highest-lowest-n)
		if allFree(first, n) {
			return first
		}
	}
	t.Fatalf("no %d neighbouring ports are free between %d and %d", n, lowest, highest)
	return 0
}

func allFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		address := Loopback(port)
		stream, err := net.Listen("tcp", address)
		if err != nil {
			return false
		}
		_ = stream.Close()
		packets, err := net.ListenPacket("udp", address)
		if err != nil {
			return false
		}
		_ = packets.Close()
	}
	return true
}

// Loopback returns the address of a port of this machine.
func Loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
