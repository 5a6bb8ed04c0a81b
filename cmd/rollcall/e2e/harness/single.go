//go:build unix

package harness

import "testing"

// NewNode returns a node of its own at a place, with further flags of rollcall serve,
// that does not run yet. When the test ends it is stopped, and the test fails if it
// was not well.
func NewNode(t testing.TB, name string, place Place, flags ...string) *Node {
	t.Helper()
	data := t.TempDir()
	process := NewProcess(t, name, append([]string{
		"serve", "--supervised", "--auth", "none", "--name", name, "--data", data,
		"--listen", place.Listen, "--actor", place.Actor, "--gossip", place.Gossip,
	}, flags...)...)
	process.under = place.Under
	return &Node{Process: process, Name: name, Addr: place.Listen, Gossip: place.Gossip, Actor: place.Actor, Data: data, http: newHTTP(t)}
}

// MakeStore makes the user store that the flags of rollcall db name, with the ten first
// users.
func MakeStore(t testing.TB, flags ...string) {
	t.Helper()
	migrate := command(nil, append([]string{"db", "migrate", "--seed"}, flags...)...)
	if output, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("make the user store: %v\n%s", err, output)
	}
}
