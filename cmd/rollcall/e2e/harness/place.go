//go:build unix

package harness

import "testing"

// Place is where a node runs.
type Place struct {
	Listen, Actor, Gossip string // addresses, host:port
	// Under is a command that becomes the program, such as ip netns exec; nil for none.
	Under []string
	Flags []string // further ones, of this node's rollcall serve
}

// LocalPlaces returns n places on this machine, with ports that nobody uses.
func LocalPlaces(t testing.TB, n int) []Place {
	t.Helper()
	first := Ports(t, 3*n)
	places := make([]Place, n)
	for i := range places {
		port := first + 3*i
		places[i] = Place{Listen: Loopback(port), Actor: Loopback(port + 1), Gossip: Loopback(port + 2)}
	}
	return places
}
