package operate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos"
)

// lone is node-1 without a cluster and without actors.
type lone struct{}

func (lone) View() *membership.View {
	self := membership.Member{Name: "node-1", System: "life", Address: "h:1", Started: time.UnixMilli(7)}
	return &membership.View{Self: self, Members: []membership.Member{self, {Name: "node-2", Address: "h:2"}}}
}

func (lone) Panics() uint64 { return 3 }

// crowd is sockets, by what waits for their clients.
type crowd []int

func (c crowd) Count() int { return len(c) }

func (c crowd) OutboxBytes() (total int) {
	for _, waiting := range c {
		total += waiting
	}
	return total
}

func (c crowd) Each(see func(id string, waiting int, started int64)) {
	for i, waiting := range c {
		see(string(rune('a'+i)), waiting, int64(i))
	}
}

// alone returns what answers for node-1, with changes of what is known of it.
func alone(change func(*Source)) *Respondent {
	source := Source{
		Version: "v1", Draining: func() bool { return true }, Membership: lone{}, Sockets: crowd{10, 30, 20},
		Directory: new(directory.Directory), Metrics: new(metrics.Metrics),
		Changes: func() identity.State { return identity.State{} },
	}
	change(&source)
	return NewRespondent(source)
}

func TestAReportIsOfTheNodeAndNamesWhomItSentTo(t *testing.T) {
	r := alone(func(s *Source) {
		s.Metrics.Failures.Note(directory.RosterKind, "Maths", "oh", time.Now())
		s.Metrics.Sent.Of("h:2").Add(5)
		s.Metrics.Sent.Of("h:9").Add(6) // of nobody any more
	})
	got := r.Report(&protos.AskReport{})
	want := &protos.Report{
		Node: "node-1", Incarnation: "life", Version: "v1", Started: 7, Draining: true, Sockets: 3, Panics: 1 + 3,
		Redis: &protos.Backend{}, Database: &protos.Backend{State: protos.Backend_UP},
		Sent: []*protos.Sent{{To: "node-2", Messages: 5}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(&protos.Report{}, "uptime_us", "goroutines", "memory_bytes")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAReportSaysHowRedisAndTheStoreAre(t *testing.T) {
	since := time.UnixMilli(1000)
	up := &protos.Backend{State: protos.Backend_UP}
	for _, test := range []struct {
		name             string
		redis            bool
		state            identity.State
		redisIs, storeIs *protos.Backend
	}{
		{"without Redis", false, identity.State{Since: since}, &protos.Backend{}, up},
		{"all is well", true, identity.State{Up: true, Since: since, LastError: "long ago"}, &protos.Backend{State: protos.Backend_UP, Since: 1000}, up},
		{"Redis is away", true, identity.State{Since: since, LastError: "refused"},
			&protos.Backend{State: protos.Backend_DOWN, Since: 1000, Error: "refused"}, up},
		{"the log cannot be read", true, identity.State{Up: true, Since: since, Behind: true, LastError: "locked"},
			&protos.Backend{State: protos.Backend_UP, Since: 1000}, &protos.Backend{State: protos.Backend_DOWN, Error: "locked"}},
	} {
		r := alone(func(s *Source) { s.Redis, s.Changes = test.redis, func() identity.State { return test.state } })
		got := r.Report(&protos.AskReport{})
		if diff := cmp.Diff([]*protos.Backend{test.redisIs, test.storeIs}, []*protos.Backend{got.GetRedis(), got.GetDatabase()}, protocmp.Transform()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestSocketsAreListedInTheOrderThatIsAskedFor(t *testing.T) {
	got := alone(func(*Source) {}).Actors(&protos.AskActors{Kind: "socket", Sort: "-mailbox", Limit: 2})
	want := []*protos.ActorState{{Kind: "socket", Name: "b", Mailbox: 30, Started: 1}, {Kind: "socket", Name: "c", Mailbox: 20, Started: 2}}
	if diff := cmp.Diff(want, got.GetActors(), protocmp.Transform()); diff != "" || got.GetTotal() != 3 || got.GetNode() != "node-1" {
		t.Errorf("%s has %d (-want +got):\n%s", got.GetNode(), got.GetTotal(), diff)
	}
}
