package faults

import (
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
)

// exhausted takes from a node the right to open anything more. Who is connected
// stays, and is in every roll; new clients have to go elsewhere.
func exhausted(t testing.TB, s *stage) {
	victim := s.victim()
	outage := s.crowd.Recorder.Fail(victim.Name, false, false) // it need not take new connections
	open, err := os.ReadDir("/proc/" + strconv.Itoa(victim.PID()) + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	var before unix.Rlimit
	allow := func(limit unix.Rlimit) {
		t.Helper()
		if err := unix.Prlimit(victim.PID(), unix.RLIMIT_NOFILE, &limit, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Prlimit(victim.PID(), unix.RLIMIT_NOFILE, nil, &before); err != nil {
		t.Fatal(err)
	}
	allow(unix.Rlimit{Cur: uint64(len(open)) / 2, Max: before.Max})
	outage.Full()
	pass(t, outageTime)
	outage.Until()
	allow(before)
	s.crowd.Recorder.Mend()
	pass(t, whileUp)
	outage.Over()
}

// A node out of file descriptors keeps whom it has, and answers rolls of others.
func TestANodeIsOutOfFileDescriptors(t *testing.T) {
	longOnly(t, "a node out of file descriptors")
	s := setUpLocal(t, crowd.Usual())
	s.play(t, scene{name: "out of descriptors", play: exhausted})
	s.report(t)
}
