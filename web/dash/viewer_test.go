package dash

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/web/gate"
)

const (
	stateEvent   = `42/dash,["state",`
	samplesEvent = `42/dash,["samples",`
	tracesEvent  = `42/dash,["traces",`
)

// seen is as much of a state as tests look at.
type seen struct {
	At, Node string
	Tracing  struct{ Rate *float64 }
	Nodes    []struct {
		Node, Status, Since, Version string
		Sockets                      int
		Redis, Database              struct{ State string }
	}
	Traffic []struct{}
	Astray  []string
}

func TestViewersAreToldOnceASecondFromOneGathering(t *testing.T) {
	w := newWatched(t)
	first, second := w.dial(nil), w.dial(nil)
	first.says(enter)
	second.says(enter)
	first.hears(`40/dash,{"sid":`)
	state := argument[seen](t, first.hears(stateEvent))
	if state.Node != "node-1" || len(state.Nodes) != 1 || state.Tracing.Rate == nil || state.Traffic == nil || state.Astray == nil {
		t.Fatalf("%+v", state)
	}
	if n := state.Nodes[0]; n.Status != "up" || n.Sockets != 2 || n.Version != "v1" || n.Redis.State != "none" || n.Database.State != "up" {
		t.Errorf("%+v", n)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", state.Nodes[0].Since); err != nil {
		t.Error(err)
	}
	if got := first.hears(samplesEvent); got != "[]]" {
		t.Errorf("samples of a node that has just started: %s", got)
	}
	actorstest.Eventually(t, "three states", func() bool { return len(first.all(stateEvent)) >= 3 && len(second.all(stateEvent)) >= 3 })
	shared := func(text string) bool { return slices.Contains(first.all(stateEvent), text) }
	if !slices.ContainsFunc(second.all(stateEvent), shared) {
		t.Error("each was told something of its own")
	}
	if n := len(first.all(samplesEvent)); n != 1 {
		t.Errorf("%d samples events, of no sample", n)
	}
}

func TestNothingIsGatheredWhenNobodyWatches(t *testing.T) {
	w := newWatched(t)
	looping := func() bool {
		w.gather.mu.Lock()
		defer w.gather.mu.Unlock()
		return w.gather.looping
	}
	if looping() {
		t.Error("it gathers for nobody")
	}
	c := w.dial(nil)
	for range 2 {
		c.says(enter)
		actorstest.Eventually(t, "gathering", looping)
		c.says("41/dash,")
		actorstest.Eventually(t, "the end of it", func() bool { return !looping() })
	}
}

func TestViewersShowTheToken(t *testing.T) {
	w := newWatched(t)
	for _, auth := range []string{"", `{}`, `{"token":"wrong"}`, `{"token":7}`} {
		c := w.dial(nil)
		c.says("40/dash," + auth)
		if why := c.hears("44/dash,"); !strings.Contains(why, "admin token") {
			t.Errorf("%s is refused with %s", auth, why)
		}
		c.says(enter) // the same connection may try again
		c.hears(stateEvent)
	}
	off := newWatched(t, func(c *Config) { c.Gate = gate.Gate{} }).dial(nil)
	off.says(enter)
	if why := off.hears("44/dash,"); !strings.Contains(why, "--admin-token") {
		t.Errorf("refused with %s", why)
	}
}

func TestTooManyViewersAreSentElsewhere(t *testing.T) {
	w := newWatched(t)
	for range mostViewers {
		w.dial(nil).says(enter)
	}
	actorstest.Eventually(t, "all to watch", w.gather.full)
	c := w.dial(nil)
	c.says(enter)
	actorstest.Eventually(t, "the connection to end", func() bool { return c.Closed() == session.TryAgain })
	if refused := c.all("44/dash,"); len(refused) > 0 {
		t.Errorf("refused for good with %s", refused)
	}

	attends := w.dial(url.Values{"room": {"Maths"}, "id_user": {"1"}})
	attends.says("40")
	attends.hears(`42["handshake"`)
	attends.says(enter)
	if why := attends.hears("44/dash,"); !strings.Contains(why, "another") {
		t.Errorf("refused with %s", why)
	}
	if why := attends.Closed(); why != "" {
		t.Errorf("who watches in vain is thrown out of the room: %s", why)
	}
}

func TestOneConnectionMayAttendAndWatch(t *testing.T) {
	w := newWatched(t)
	c := w.dial(url.Values{"room": {"Maths"}, "id_user": {"1"}})
	c.says("40")
	var body struct{ SID string }
	actorstest.Must(t, json.Unmarshal([]byte(c.hears("40")), &body))
	c.hears(`42["handshake"`)
	c.says(enter)
	c.hears(stateEvent)
	c.says(`42/dash,7["join","History"]`) // nobody's business there
	if answer := c.hears("43/dash,7"); !strings.Contains(answer, `{"ok":false,"error":"The dashboard takes no events","code":"unknown_event"}`) {
		t.Errorf("answered %s", answer)
	}
	c.says(`421["join","Physics"]`)
	c.hears(`431[{"ok":true`)
	for room, want := range map[string]bool{"Maths": true, "Physics": true, "History": false} {
		roll, err := w.node.CallRoll(t.Context(), room)
		actorstest.Must(t, err)
		if got := strings.Contains(string(roll.Body), `"id_socket":"`+body.SID+`"`); got != want {
			t.Errorf("%s: %s, of the socket %s", room, roll.Body, body.SID)
		}
	}
	c.says("41/dash,")
	actorstest.Eventually(t, "nobody to watch", func() bool { return !w.gather.full() && w.gather.present() == nil })
	c.says(`422["leave","Physics"]`)
	c.hears(`432[{"ok":true`)

	nobody := w.dial(nil)
	nobody.says("40")
	nobody.hears(`44{"message":`)
	nobody.says("40/elsewhere,")
	nobody.hears(`44/elsewhere,{"message":"Invalid namespace"`)
}

func TestCloseEndsWhatViewersAreTold(t *testing.T) {
	w := newWatched(t)
	c := w.dial(nil)
	c.says(enter)
	c.hears(stateEvent)
	w.Close()
	late := w.dial(nil)
	late.says(enter)
	late.hears(`40/dash,{"sid":`)
	if n := len(late.all(stateEvent)); n != 0 {
		t.Errorf("told %d states after the end", n)
	}
}

func TestTracesAreToldAsTheyCome(t *testing.T) {
	w := newWatched(t)
	tracer := w.node.Tracer()
	c := w.dial(nil)
	c.says(enter)
	if state := argument[seen](t, c.hears(stateEvent)); state.Tracing.Rate == nil || *state.Tracing.Rate != 0.25 {
		t.Errorf("%+v", state.Tracing)
	}
	failed := tracer.Start(trace.Context{}, "http", "http", "", "GET /first") // kept, whatever the rate
	failed.Fail(errors.New("no"))
	failed.End()
	actorstest.Eventually(t, "the trace", func() bool {
		return strings.Contains(strings.Join(c.all(tracesEvent), ""), `"name":"GET /first"`)
	})
	answer, err := w.Answer(t.Context(), []string{"traces", failed.TraceID()}, nil)
	if got, ok := answer.(Trace); err != nil || !ok || got.Name != "GET /first" || got.Outcome != "failed" {
		t.Errorf("%v, %v", answer, err)
	}
}
