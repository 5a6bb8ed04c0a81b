package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
)

func TestHeadersDescribeTheRoll(t *testing.T) {
	tests := []struct {
		name string
		roll room.Roll
		want map[string]string
	}{
		{"complete", room.Roll{Nodes: []room.NodeAnswer{{Node: "node-1", Status: room.Answered}, {Node: "node-2", Status: room.Unchanged}}},
			map[string]string{"Rollcall-Complete": "true", "Rollcall-Nodes": "2/2"}},
		{"missing", room.Roll{Nodes: []room.NodeAnswer{{Node: "node-1", Status: room.Answered}, {Node: "node-2", Status: room.Missing}, {Node: "node-3", Status: room.Missing}}},
			map[string]string{"Rollcall-Complete": "false", "Rollcall-Nodes": "1/3", "Rollcall-Missing": "node-2, node-3"}},
		{"lost", room.Roll{Nodes: []room.NodeAnswer{{Node: "node-1", Status: room.Answered}}, Lost: []membership.Lost{{Name: "node-2"}, {Name: "node-4"}}},
			map[string]string{"Rollcall-Complete": "true", "Rollcall-Nodes": "1/1", "Rollcall-Lost": "node-2, node-4"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := http.Header{}
			describe(h, &test.roll)
			got := map[string]string{}
			for name := range h {
				if strings.HasPrefix(name, "Rollcall-") {
					got[name] = h.Get(name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("%v (-want +got):\n%s", h, diff)
			}
		})
	}
}

func TestStateOfARoll(t *testing.T) {
	roll := &room.Roll{
		Room: "Maths", Epoch: 5, Seq: 6,
		Nodes: []room.NodeAnswer{
			{Node: "node-1", Status: room.Answered, Latency: 1500 * time.Microsecond, Entries: []room.Entry{
				{Socket: "b", User: "2", Since: 1700000000123}, {Socket: "d", User: "1", Since: 0},
			}},
			{Node: "node-2", Status: room.Unchanged, Entries: []room.Entry{{Socket: "a", User: "2", Since: 1000}}},
			{Node: "node-3", Status: room.Missing},
		},
		Lost: []membership.Lost{{Name: "node-4", Since: time.UnixMilli(2000)}},
	}
	want := roomState{
		Room: "Maths", Complete: false, Epoch: 5, Seq: 6,
		Nodes: []nodeState{
			{Node: "node-1", Status: "answered", Sockets: 2, LatencyMS: 1.5},
			{Node: "node-2", Status: "unchanged", Sockets: 1},
			{Node: "node-3", Status: "missing"},
			{Node: "node-4", Status: "lost", Since: "1970-01-01T00:00:02.000Z"},
		},
		Counts: counts{Users: 2, Sockets: 3, Nodes: 3},
		Users: []userInRoom{
			{User: "1", Sockets: []socketInRoom{{Socket: "d", Node: "node-1", Since: "1970-01-01T00:00:00.000Z"}}},
			{User: "2", Sockets: []socketInRoom{
				{Socket: "a", Node: "node-2", Since: "1970-01-01T00:00:01.000Z"},
				{Socket: "b", Node: "node-1", Since: "2023-11-14T22:13:20.123Z"},
			}},
		},
	}
	if diff := cmp.Diff(want, stateOf(expanded{Roll: roll})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	empty, err := json.Marshal(stateOf(expanded{Roll: new(room.Roll)}))
	if actorstest.Must(t, err); strings.Contains(string(empty), "null") {
		t.Errorf("a list that is empty is written as null: %s", empty)
	}
}

func TestRoomAnswersAsTheSeedDid(t *testing.T) {
	s := newSite(t, trusting)
	c := s.connect("Maths", 7)
	want := `[{"id_socket":"` + c.id + `","id_user":"7","data":{}}]`
	for _, target := range []string{"/Maths/users", "/api/rooms/Maths/users", "/Maths/users?require=complete", "/Maths/users?require=whole"} {
		got := s.get(target)
		if got.status != 200 || got.body != want || got.header.Get("Content-Type") != "application/json" || got.header.Get("Rollcall-Nodes") != "1/1" {
			t.Errorf("%s: %d %v %s", target, got.status, got.header, got.body)
		}
	}
	if got := s.get("/Physics/users"); got.body != "[]" {
		t.Errorf("an empty room is %s", got.body)
	}
	got := s.get("/api/rooms/Maths", "Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	var state roomState
	actorstest.Must(t, json.Unmarshal([]byte(got.body), &state))
	if state.Room != "Maths" || !state.Complete || state.Counts.Sockets != 1 || state.Users[0].Sockets[0].Socket != c.id ||
		state.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" || state.Epoch == 0 || state.Seq != 1 {
		t.Errorf("state %s", got.body)
	}
	if got := s.get("/Maths/users?require=everything"); got.status != 422 {
		t.Errorf("status %d", got.status)
	}
}
