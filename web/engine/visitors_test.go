package engine

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/visitors"
)

func TestAddressHasItsLimit(t *testing.T) {
	s := newEchoSite(t, func(c *Config) { c.Open.PerSite = 2 })
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
	s := newEchoSite(t, func(c *Config) { c.Open.All = 1 })
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
	s := newEchoSite(t, func(c *Config) {
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

// lobby is an application that lets clients into "/" alone.
type lobby struct{}

func (lobby) Connect(_ *socket.Socket, namespace string, _ json.RawMessage, answer func(error)) {
	if namespace != "/" {
		answer(problem.New(problem.NotFound, "Invalid namespace"))
		return
	}
	answer(nil)
}

func (lobby) Connected(*socket.Socket, string)                    {}
func (lobby) Event(*socket.Socket, session.Event)                 {}
func (lobby) Disconnected(*socket.Socket, string, session.Reason) {}
func (lobby) Message(*socket.Socket, any)                         {}

// Clients that never say who they are take no more than the places that they have: from
// one address, or from all. Whoever has been let in does not count.
func TestClientsThatNeverConnectAreBounded(t *testing.T) {
	s := newEchoSite(t, func(c *Config) {
		c.Raw, c.Application = nil, func(url.Values) socket.Application { return lobby{} }
		c.Pending, c.Wire.ConnectTimeout = visitors.Limits{PerSite: 3, All: 4}, time.Minute
	})
	const polling = "EIO=4&transport=polling"
	open := func() answer { return s.fetch(t.Context(), http.MethodGet, polling, "") }
	opens := func() string {
		t.Helper()
		got := open()
		if got.status != http.StatusOK {
			return ""
		}
		return sidOf(t, got.body)
	}
	connects := func(sid, packet, answer string) {
		t.Helper()
		if got := s.fetch(t.Context(), http.MethodPost, polling+"&sid="+sid, packet); got.status != http.StatusOK {
			t.Fatalf("posting: %d %s", got.status, got.body)
		}
		if got := s.fetch(t.Context(), http.MethodGet, polling+"&sid="+sid, ""); !strings.Contains(got.body, answer) {
			t.Fatalf("connecting: %d %s", got.status, got.body)
		}
	}
	first, second, third := opens(), opens(), opens()
	got := open()
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "from your address") {
		t.Fatalf("one too many: %d %v %s", got.status, got.header, got.body)
	}
	connects(first, "40", `"sid"`)
	fourth := opens()
	if fourth == "" {
		t.Error("who was let in counts still")
	}
	// To be refused is not to be let in.
	connects(second, "40/elsewhere,", "Invalid namespace")
	if opens() != "" {
		t.Error("who was refused does not count any more")
	}
	// Who ends leaves its place.
	for _, sid := range []string{third, fourth} {
		s.fetch(t.Context(), http.MethodPost, polling+"&sid="+sid, "1")
	}
	actorstest.Eventually(t, "the places of who is gone", func() bool { return s.engine.pending.Len() == 1 })
	if opens() == "" {
		t.Error("nobody may come in")
	}
}

// A session needs two requests at a time, to poll and to post. More are refused, whatever
// they are about.
func TestRequestsOfSessionsAreBounded(t *testing.T) {
	s := newEchoSite(t, func(c *Config) { c.Open.PerSite = 1 })
	p := s.opens("")
	polled, posted := make(chan answer, 1), make(chan error, 1)
	go func() { polled <- s.fetch(t.Context(), "GET", p.query, "") }()
	body, end := io.Pipe()
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.address+"/socket.io/?"+p.query, body)
		if err == nil {
			var response *http.Response
			if response, err = s.http.Do(r); err == nil {
				err = response.Body.Close()
			}
		}
		posted <- err
	}()
	status := func() int {
		return s.fetch(t.Context(), "GET", "EIO=4&transport=polling&sid=nobody", "").status
	}
	actorstest.Eventually(t, "both to be held", func() bool { return status() == http.StatusServiceUnavailable })
	_, err := io.WriteString(end, "4x")
	actorstest.Must(t, err)
	actorstest.Must(t, end.Close())
	actorstest.Must(t, <-posted)
	if got := <-polled; got.body != "4x" {
		t.Errorf("polled %d %q", got.status, got.body)
	}
	actorstest.Eventually(t, "their places", func() bool { return status() == http.StatusBadRequest })
}
