//go:build unix

package redistest

import "testing"

func TestServerComesBackOnItsPortAndIsSilentWhileFrozen(t *testing.T) {
	server := Start(t)
	server.Stop()
	if ping(server.Addr()) == nil {
		t.Fatal("a stopped server answers")
	}
	server.Start()
	server.Freeze()
	if ping(server.Addr()) == nil {
		t.Fatal("a frozen server answers")
	}
	server.Thaw()
	if err := ping(server.Addr()); err != nil {
		t.Fatalf("a thawed server does not answer: %v", err)
	}
}
