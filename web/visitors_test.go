package web

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/problem"
)

func TestVisitors(t *testing.T) {
	v := newVisitors(2, 5)
	enter := func(remote string, want bool) (leave func()) {
		t.Helper()
		leave, err := v.enter(remote)
		if (err == nil) != want {
			t.Errorf("%s may enter: %v", remote, err)
		}
		return leave
	}
	first := enter("10.0.0.1:1000", true)
	second := enter("10.0.0.1:1001", true)
	enter("10.0.0.1:1002", false)
	other := enter("[::1]:1000", true)
	enter("[::1]:1001", true)()
	unnamed := enter("somewhere", true)
	first()
	first() // counts once
	third := enter("10.0.0.1:1003", true)
	enter("10.0.0.1:1004", false)
	last := enter("10.0.0.2:1000", true)
	enter("10.0.0.3:1000", false) // five are in
	for _, leave := range []func(){second, third, other, unnamed, last} {
		leave()
	}
	if len(v.count) != 0 || v.all != 0 {
		t.Errorf("still counted: %v, %d", v.count, v.all)
	}
}

func TestWhoCountsAsOne(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"10.0.0.1:1000", "10.0.0.1:2000", true},
		{"10.0.0.1:1000", "10.0.0.1", true},
		{"10.0.0.1:1000", "[::ffff:10.0.0.1]:1000", true},
		{"10.0.0.1:1000", "10.0.0.2:1000", false},
		{"[2001:db8:1:2::1]:1000", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
		{"[2001:db8:1:2::1]:1000", "[2001:db8:1:3::1]:1000", false},
		{"[fe80::1%eth0]:1000", "[fe80::2%eth1]:1000", true},
		{"@", "somewhere", false},
	} {
		if same := siteOf(test.a) == siteOf(test.b); same != test.same {
			t.Errorf("%s and %s count as one: %v", test.a, test.b, same)
		}
	}
}

func TestVisitorsWithoutLimit(t *testing.T) {
	v := newVisitors(0, 0)
	for range 1000 {
		if _, err := v.enter("10.0.0.1:1000"); err != nil {
			t.Fatal("kept out")
		}
	}
	if len(v.count) != 0 {
		t.Errorf("counted: %v", v.count)
	}
}

func TestAddressHasItsLimit(t *testing.T) {
	s := newEchoSite(t, func(c *EngineConfig) { c.PerAddress = 2 })
	const polling, ws = "EIO=4&transport=polling", "EIO=4&transport=websocket"
	// What is refused takes no place.
	for range 3 {
		if got := s.fetch(t.Context(), "GET", ws, ""); got.status != http.StatusBadRequest {
			t.Fatalf("answered %d %s", got.status, got.body)
		}
	}
	p := s.opens("")
	held := s.connects(ws)
	for _, query := range []string{polling, ws} {
		got := s.fetch(t.Context(), "GET", query, "")
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", query, got.status, got.header)
		}
	}
	_, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+s.address+"/socket.io/?"+ws, nil)
	if err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a websocket: %v", err)
	}
	_ = response.Body.Close()

	// Who is in goes on, and may upgrade: that is no further socket.
	p.posts("4x")
	p.gets("4x")
	over := p.upgrades()

	actorstest.Must(t, held.Close())
	enters := func() bool { return s.fetch(t.Context(), "GET", polling, "").status == http.StatusOK }
	actorstest.Eventually(t, "the place of the websocket", enters)
	if enters() {
		t.Error("one too many")
	}
	actorstest.Must(t, over.Close())
	actorstest.Eventually(t, "the place of the session that was upgraded", enters)
	if enters() {
		t.Error("one too many")
	}
}

func TestNodeHasItsLimit(t *testing.T) {
	s := newEchoSite(t, func(c *EngineConfig) { c.Most = 1 })
	held := s.connects("EIO=4&transport=websocket")
	got := s.fetch(t.Context(), "GET", "EIO=4&transport=polling", "")
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "as many connections as it takes") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	actorstest.Must(t, held.Close())
	actorstest.Eventually(t, "its place", func() bool {
		return s.fetch(t.Context(), "GET", "EIO=4&transport=polling", "").status == http.StatusOK
	})
}

// A node that is shutting down takes nobody, and goes on with those whom it has.
func TestNodeThatDrainsTakesNoClients(t *testing.T) {
	var draining atomic.Bool
	s := newEchoSite(t, func(c *EngineConfig) {
		c.Ready = func() error {
			if draining.Load() {
				return problem.New(problem.Unavailable, "it is shutting down")
			}
			return nil
		}
	})
	p := s.opens("")
	draining.Store(true)
	for _, query := range []string{"EIO=4&transport=polling", "EIO=4&transport=websocket"} {
		got := s.fetch(t.Context(), "GET", query, "")
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "it is shutting down") {
			t.Errorf("%s: %d %v %s", query, got.status, got.header, got.body)
		}
	}
	p.posts("4x")
	p.gets("4x")
}
