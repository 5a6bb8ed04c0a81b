package metrics

import (
	"fmt"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/google/go-cmp/cmp"
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
		f.Note(RosterKind, fmt.Sprint(i), "once", start.Add(time.Duration(i)*time.Second))
	}
	f.Note(RosterKind, "0", "again", start.Add(time.Hour))
	f.Note(SocketKind, "new", "boom", start.Add(2*time.Hour))
	if got := f.Of(RosterKind, "1"); got.Count != 0 {
		t.Errorf("the oldest is remembered: %+v", got)
	}
	if got := f.Of(RosterKind, "0"); got.Count != 2 || got.Last != "again" || !got.At.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(map[Kind]uint64{RosterKind: mostFailures + 1, SocketKind: 1}, f.ByKind()); diff != "" || f.Total() != mostFailures+2 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestP99(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	for _, test := range []struct {
		numbers []int
		want    int
	}{{nil, 0}, {[]int{7}, 7}, {[]int{9, 1}, 9}, {hundred, 99}} {
		if got := P99(test.numbers); got != test.want {
			t.Errorf("of %d: %d, want %d", len(test.numbers), got, test.want)
		}
	}
}

func TestARegisterKnowsWhatWaits(t *testing.T) {
	system := actor.NewActorSystem()
	defer system.Shutdown()
	gate, inside := make(chan struct{}), make(chan struct{})
	var r Register
	pid, leave, err := r.Enter(RosterKind, "Maths", actor.Unbounded(), func(mailbox actor.PropsOption) (*actor.PID, error) {
		return system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
			if ctx.Message() == "wait" {
				close(inside)
				<-gate
			}
		}, mailbox)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer close(gate)
	system.Root.Send(pid, "wait")
	<-inside
	system.Root.Send(pid, "more")
	system.Root.Send(pid, "more")
	found, ok := r.Find(RosterKind, "Maths")
	if !ok || found.Waiting() != 2 || found.PID != pid {
		t.Fatalf("%+v", found)
	}
	if d := DepthOf(r.All()); d != (Depth{Actors: 1, Total: 2, P99: 2, Max: 2}) {
		t.Errorf("%+v", d)
	}
	leave()
	if _, ok := r.Find(RosterKind, "Maths"); ok || len(r.All()) != 0 {
		t.Error("it has left")
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
