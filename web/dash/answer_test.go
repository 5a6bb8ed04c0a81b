package dash

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos/problem"
)

// get returns an answer as the page gets it.
func get[T any](w *watched, target string) T {
	w.t.Helper()
	u, err := url.Parse(target)
	actorstest.Must(w.t, err)
	var path []string
	if u.Path != "" {
		path = strings.Split(u.Path, "/")
	}
	answer, err := w.Answer(w.t.Context(), path, u.Query())
	if err != nil {
		w.t.Fatalf("%s: %v", target, err)
	}
	text, err := json.Marshal(answer)
	actorstest.Must(w.t, err)
	var v T
	actorstest.Must(w.t, json.Unmarshal(text, &v))
	return v
}

func TestTheDashboardAnswers(t *testing.T) {
	w := newWatched(t, func(c *Config) {
		c.Tracer = "https://tracer.example/{trace_id}"
		c.Astray = func() []string { return []string{"node-2"} }
	})
	type object = map[string]any
	if a := get[object](w, ""); a["node"] != "node-1" || a["version"] != "v1" || a["tracer_url"] != "https://tracer.example/{trace_id}" ||
		a["tracing"].(object)["rate"] != 0.25 {
		t.Errorf("%v", a)
	}
	c := w.dial(url.Values{"room": {"Maths"}, "id_user": {"1"}})
	c.says("40")
	c.hears(`42["handshake"`)
	if s := get[seen](w, "nodes"); s.Node != "node-1" || len(s.Nodes) != 1 || s.Nodes[0].Sockets != 1 || !slices.Equal(s.Astray, []string{"node-2"}) {
		t.Errorf("%+v", s)
	}
	if s := get[map[string][]sample](w, "samples"); s["samples"] == nil {
		t.Errorf("%v", s)
	}
	table := get[struct {
		Kinds []struct {
			Kind, Node string
			Count      int
		}
		Actors []struct {
			Kind, Identity, Node, Unit string
			LastErrorAt                *string `json:"last_error_at"`
		}
		Total  int
		Silent []string
	}](w, "actors?kind=socket&limit=1")
	if len(table.Actors) != 1 || table.Actors[0].Unit != "bytes" || table.Actors[0].LastErrorAt != nil || table.Total != 1 || table.Silent == nil || len(table.Kinds) != 5 {
		t.Errorf("%+v", table)
	}
	if elsewhere := get[object](w, "actors?node=node-2"); len(elsewhere["actors"].([]any)) != 0 || elsewhere["total"] != 0.0 {
		t.Errorf("%v", elsewhere)
	}
	room := get[roomSeen](w, "rooms/Maths")
	if room.Grain == nil || room.Grain.Node != "node-1" || len(room.Grain.Routes) != 1 || room.Grain.Routes[0].HasRoster != "yes" ||
		len(room.Rosters) != 1 || room.Rosters[0].Sockets != 1 || room.Differences == nil || len(room.Differences) != 0 || room.Silent == nil {
		t.Errorf("%+v", room)
	}
	if empty := get[roomSeen](w, "rooms/Nobody"); empty.Grain != nil || len(empty.Rosters) != 0 {
		t.Errorf("%+v", empty)
	}
}

type roomSeen struct {
	Grain *struct {
		Node   string
		Routes []struct {
			HasRoster string `json:"has_roster"`
		}
	}
	Rosters     []struct{ Sockets int }
	Differences []struct{}
	Silent      []string
}

func TestWhatCannotBeAnsweredIsExplained(t *testing.T) {
	w := newWatched(t)
	for target, want := range map[string]problem.Code{
		"nothing": problem.NotFound, "rooms": problem.NotFound, "rooms/a/b": problem.NotFound, "traces?limit=0": problem.Invalid, "traces/abc": problem.NotFound, "traces/a/b": problem.NotFound,
		"actors?kind=x": problem.Invalid, "actors?sort=x": problem.Invalid, "actors?limit=0": problem.Invalid, "actors?limit=-1": problem.Invalid,
		"actors?limit=1001": problem.Invalid, "actors?limit=x": problem.Invalid, "rooms/" + strings.Repeat("a", 300): problem.Invalid,
	} {
		u, err := url.Parse(target)
		actorstest.Must(t, err)
		if _, err := w.Answer(t.Context(), strings.Split(u.Path, "/"), u.Query()); problem.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", target, err, want)
		}
	}
}

func TestEveryKindOfActorCanBeAskedFor(t *testing.T) {
	_, refusal := actorsAsked(url.Values{"kind": {"x"}})
	for _, kind := range directory.Kinds() {
		if _, err := actorsAsked(url.Values{"kind": {string(kind)}}); err != nil || !strings.Contains(problem.MessageOf(refusal), string(kind)) {
			t.Errorf("%s: %v; who asks for something else is told: %v", kind, err, refusal)
		}
	}
}
