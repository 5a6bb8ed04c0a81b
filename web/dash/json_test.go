package dash

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/protos"
)

// What nodes say in protos is JSON for the page, and other programs: names, order, and what
// there is in place of nothing, stay as they are.
func TestWhatNodesSayIsWrittenAsJSON(t *testing.T) {
	start := time.UnixMilli(1_700_000_000_000)
	later := start.Add(time.Minute).UnixMilli()
	member := func(name string) membership.Member {
		return membership.Member{Name: name, System: name + "'s", HTTP: name + ":5009", Started: start, Since: start}
	}
	report := func(uptime time.Duration, sent uint64) *protos.Report {
		return &protos.Report{
			Node: "node-1", Incarnation: "node-1's", Version: "v1", UptimeUs: uptime.Microseconds(), Sockets: 1, Rooms: 2, MailboxP99: 3, MailboxMax: 4,
			Redis: &protos.Backend{State: protos.Backend_DOWN, Since: later, Error: "gone"}, Database: &protos.Backend{State: protos.Backend_UP},
			DeadLetters: 5, Panics: 6, DroppedSpans: 7, Goroutines: 8, MemoryBytes: 9, Sent: []*protos.Sent{{To: "node-2", Messages: sent}},
		}
	}
	m := newMemory()
	m.take(&operate.Survey{At: start, Nodes: []operate.Surveyed{{Member: member("node-1"), Report: report(time.Second, 10)}}})
	nodes, traffic := m.take(&operate.Survey{At: start, Nodes: []operate.Surveyed{
		{Member: member("node-1"), Report: report(3*time.Second, 15), Latency: 1_234_567}, {Member: member("node-2"), Latency: operate.Patience},
	}})
	for _, test := range []struct {
		name string
		what any
		want string
	}{
		{"a node", nodes[0],
			`{"node":"node-1","status":"up","since":"2023-11-14T22:13:20.000Z","started":"2023-11-14T22:13:20.000Z","version":"v1","address":"node-1:5009","latency_ms":1.234,"sockets":1,"rooms":2,"mailbox_p99":3,"mailbox_max":4,"redis":{"state":"down","since":"2023-11-14T22:14:20.000Z","error":"gone"},"database":{"state":"up","since":null,"error":""},"dropped_spans":7,"dead_letters":5,"panics":6,"goroutines":8,"memory_bytes":9}`},
		{"a silent node", nodes[1],
			`{"node":"node-2","status":"suspect","since":"2023-11-14T22:13:20.000Z","started":"2023-11-14T22:13:20.000Z","version":"","address":"node-2:5009","latency_ms":250,"sockets":0,"rooms":0,"mailbox_p99":0,"mailbox_max":0,"redis":{"state":"none","since":null,"error":""},"database":{"state":"none","since":null,"error":""},"dropped_spans":0,"dead_letters":0,"panics":0,"goroutines":0,"memory_bytes":0}`},
		{"traffic", traffic,
			`[{"from":"node-1","to":"node-2","messages_per_s":2.5}]`},
		{"a sample", sampleOf("node-1", &protos.Sample{At: later, Sockets: 1, Joins: 2, Rolls: 3, Incomplete: 4, P50Ms: 0, P99Ms: 6.5, LagMs: 7, DeadLetters: 8}),
			`{"at_ms":1700000060000,"node":"node-1","sockets":1,"joins":2,"rolls":3,"incomplete":4,"p50_ms":0,"p99_ms":6.5,"lag_ms":7,"dead_letters":8}`},
		{"a sample of nothing", sampleOf("node-1", &protos.Sample{P50Ms: -1, P99Ms: -1, LagMs: -1}),
			`{"at_ms":0,"node":"node-1","sockets":0,"joins":0,"rolls":0,"incomplete":0,"p50_ms":null,"p99_ms":null,"lag_ms":null,"dead_letters":0}`},
		{"actors", tableOf([]*protos.Actors{{
			Node: "node-1", Total: 3, Kinds: []*protos.ActorKind{{Kind: "socket", Count: 1, MailboxP99: 2, Restarts: 3}},
			Actors: []*protos.ActorState{
				{Kind: "socket", Name: "a", Mailbox: 4, Started: start.UnixMilli(), Restarts: 5, LastError: "oh", LastErrorAt: later},
				{Kind: "roster", Name: "Maths", Started: start.UnixMilli()},
			},
		}}, []string{"node-2"}, &protos.AskActors{Sort: "kind", Limit: 10}),
			`{"kinds":[{"kind":"socket","node":"node-1","count":1,"mailbox_p99":2,"restarts":3}],"actors":[{"kind":"roster","identity":"Maths","node":"node-1","mailbox":0,"unit":"messages","started":"2023-11-14T22:13:20.000Z","restarts":0,"last_error":"","last_error_at":null},{"kind":"socket","identity":"a","node":"node-1","mailbox":4,"unit":"bytes","started":"2023-11-14T22:13:20.000Z","restarts":5,"last_error":"oh","last_error_at":"2023-11-14T22:14:20.000Z"}],"total":3,"silent":["node-2"]}`},
		{"no actors", tableOf(nil, []string{}, &protos.AskActors{}),
			`{"kinds":[],"actors":[],"total":0,"silent":[]}`},
		{"a room", inspectionOf("Maths", &operate.RoomLook{
			Grains: []*protos.GrainState{{Node: "node-1", Epoch: 1, Seq: 2, Since: later, Routes: []*protos.GrainRoute{
				{Node: "node-1"}, {Node: "node-2", HasRoster: protos.GrainRoute_YES}, {Node: "node-3", HasRoster: protos.GrainRoute_NO},
			}}},
			Rosters: []*protos.RosterState{{Node: "node-1", Awake: true, Enrolled: true, Epoch: 1, Seq: 2, Version: 3, Sockets: 4, Users: 5, Mailbox: 6}},
			Silent:  []string{"node-2"},
		}, []operate.Difference{{Node: "node-3", What: "odd"}}),
			`{"room":"Maths","grain":{"node":"node-1","epoch":1,"seq":2,"since":"2023-11-14T22:14:20.000Z","routes":[{"node":"node-1","has_roster":"unknown"},{"node":"node-2","has_roster":"yes"},{"node":"node-3","has_roster":"no"}]},"grain_error":"","rosters":[{"node":"node-1","awake":true,"enrolled":true,"epoch":1,"seq":2,"version":3,"sockets":4,"users":5,"mailbox":6}],"differences":[{"node":"node-3","what":"odd"}],"silent":["node-2"]}`},
		{"a room of nobody", inspectionOf("Maths", &operate.RoomLook{Owner: "node-2", Silent: []string{"node-2"}}, nil),
			`{"room":"Maths","grain":null,"grain_error":"node-2, where the room's grain belongs, did not answer","rosters":[],"differences":[],"silent":["node-2"]}`},
	} {
		text, err := json.Marshal(test.what)
		actorstest.Must(t, err)
		if diff := cmp.Diff(test.want, string(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// The page's types are made of these tags.
func TestTheEnumsOfThePageAreThoseOfTheProtos(t *testing.T) {
	for _, test := range []struct {
		in    any
		field string
		names map[int32]string
	}{
		{Summary{}, "Outcome", protos.Span_Outcome_name},
		{Span{}, "Outcome", protos.Span_Outcome_name},
		{backend{}, "State", protos.Backend_State_name},
	} {
		field, _ := reflect.TypeOf(test.in).FieldByName(test.field)
		got := strings.Split(strings.ToUpper(field.Tag.Get("enum")), ",")
		if want := slices.Sorted(maps.Values(test.names)); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("%T.%s can be %v, want %v", test.in, test.field, got, want)
		}
	}
}
