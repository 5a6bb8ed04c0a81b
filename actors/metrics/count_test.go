package metrics

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/directory"
)

func TestPeersAreCountedApartAndBounded(t *testing.T) {
	var p Peers
	p.Of("a").Add(1)
	p.Of("b").Add(2)
	p.Of("a").Add(3)
	if diff := cmp.Diff(map[string]uint64{"a": 4, "b": 2}, p.Read()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.Trim(func(string) bool { return false })
	if len(p.Read()) != 2 {
		t.Error("forgotten without need")
	}
	for i := range 2 * mostPeers {
		p.Of(fmt.Sprint(i)).Add(1)
	}
	if n := len(p.Read()); n != mostPeers {
		t.Errorf("%d peers", n)
	}
	p.Of("one too many").Add(1)
	p.Trim(func(peer string) bool { return peer == "b" })
	p.Of("a").Add(1)
	if diff := cmp.Diff(map[string]uint64{"a": 1, "b": 2}, p.Read()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheOldestFailureIsForgottenWhenThereAreTooMany(t *testing.T) {
	var f Failures
	start := time.Unix(1000, 0)
	for i := range mostFailures {
		f.Note(directory.RosterKind, fmt.Sprint(i), "once", start.Add(time.Duration(i)*time.Second))
	}
	f.Note(directory.RosterKind, "0", "again", start.Add(time.Hour))
	f.Note(directory.SocketKind, "new", "boom", start.Add(2*time.Hour))
	if got := f.Of(directory.RosterKind, "1"); got.Count != 0 {
		t.Errorf("the oldest is remembered: %+v", got)
	}
	if got := f.Of(directory.RosterKind, "0"); got.Count != 2 || got.Last != "again" || !got.At.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(map[directory.Kind]uint64{directory.RosterKind: mostFailures + 1, directory.SocketKind: 1}, f.ByKind()); diff != "" || f.Total() != mostFailures+2 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSocketsAreCountedByProtocolAndTransport(t *testing.T) {
	var c SocketCounts
	for _, protocol := range []int{3, 4} {
		for _, websocket := range []bool{false, true} {
			c.Of(protocol, websocket).Add(1)
		}
	}
	if c[0][0].Load() != 1 || c[0][1].Load() != 1 || c[1][0].Load() != 1 || c[1][1].Load() != 1 {
		t.Error("two share a count")
	}
}

func TestOddStatusesAreNotCounted(t *testing.T) {
	var r Requests
	for _, status := range []int{0, 99, 600, -1} {
		r.Answered(Roll, status)
	}
	r.Answered(Other, 599)
	if r[Other][499].Load() != 1 {
		t.Error("599 is a status")
	}
}
