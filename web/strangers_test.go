package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/gate"
	"github.com/rollcall/rollcall/web/origins"
	"github.com/rollcall/rollcall/web/proxies"
	"github.com/rollcall/rollcall/web/visitors"
)

const adminToken = "sixteen or more characters"

// codeOf returns the code of a problem, for programs.
func codeOf(t *testing.T, got answer) problem.Name {
	t.Helper()
	wantProblem(t, got)
	var body details
	actorstest.Must(t, json.Unmarshal([]byte(got.body), &body))
	return body.Code
}

// What holds for websockets holds for what changes something: pages of elsewhere may
// not, whatever their browser sends along.
func TestPagesOfElsewhereChangeNothing(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t, func(c *Config) {
		c.Origins, c.Gate = []string{"https://school.test"}, gate.New(adminToken)
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	for _, test := range []struct {
		name   string
		header []string
		status int
	}{
		{"no page", nil, 204},
		{"our own page", []string{"Origin", "http://localhost:5009"}, 204},
		{"our own page through a proxy that changes the Host, of a browser that says so", []string{"Origin", "https://example.org", "Sec-Fetch-Site", "same-origin"}, 204},
		{"a page that is let in", []string{"Origin", "https://school.test"}, 204},
		{"a page of elsewhere", []string{"Origin", "https://evil.example"}, 403},
		{"a page of another port", []string{"Origin", "http://localhost:8000"}, 403},
		{"a page of nowhere", []string{"Origin", "null"}, 403},
		{"a page of elsewhere with a wrong token", []string{"Origin", "https://evil.example", "Authorization", "Bearer x"}, 403},
		{"an operator", []string{"Origin", "https://evil.example", "Authorization", "Bearer " + adminToken}, 204},
	} {
		for _, target := range []string{"/users/1", "/users?id_user=1"} {
			got := s.ask(http.MethodPut, target, fmt.Sprintf(`{"name":%q}`, test.name), test.header...)
			if got.status != test.status {
				t.Errorf("%s: %s is answered with %d %s", test.name, target, got.status, got.body)
			}
			if test.status == 403 && (codeOf(t, got) != "forbidden" || !strings.Contains(got.body, "--cors-origin")) {
				t.Errorf("%s: %s", test.name, got.body)
			}
		}
	}
	if got := s.get("/users/1"); !strings.Contains(got.body, "an operator") {
		t.Errorf("the user is %s", got.body)
	}
	if text := log.String(); !strings.Contains(text, `to_allow="--cors-origin https://evil.example"`) {
		t.Errorf("the operator is told %s", text)
	}
}

// A name that was made to lead here is none of ours (DNS rebinding), whatever is asked.
func TestStrangeNamesAreRefused(t *testing.T) {
	hosts, err := origins.NewHosts([]string{"example.org", "*.school.test"})
	actorstest.Must(t, err)
	var log bytes.Buffer
	s := newSite(t, func(c *Config) { c.Hosts, c.Logger = hosts, slog.New(slog.NewTextHandler(&log, nil)) })
	ask := func(host, method, target, body string) answer {
		r := s.request(method, target, body)
		r.Host = host
		return s.answer(r)
	}
	for host, taken := range map[string]bool{
		"localhost:5009": true, "LocalHost": true, "a.localhost": true, "127.0.0.1:5009": true, "[::1]:5009": true, "": true,
		"192.0.2.1": true, "[2001:db8::1]:80": true, "nodes": true, "rollcall:5009": true, // which no page of elsewhere is called
		"example.org": true, "EXAMPLE.org:5009": true, "example.org.": true, "a.school.test": true, "a.b.school.test:1": true,
		"school.test": false, "evil.example": false, "evil.example:5009": false, "example.org.evil.example": false,
		"evilschool.test": false, "127.0.0.1.evil.example": false, strings.Repeat("a", 1000): false, strings.Repeat("a.", 1000): false, "localhost.evil.example": false,
	} {
		for _, request := range [][3]string{
			{"GET", "/", ""}, {"GET", "/Maths/users", ""}, {"PUT", "/users/1", `{"name":"Ann"}`}, {"GET", "/users", ""},
			{"GET", "/socket.io/?EIO=4&transport=polling&room=r&id_user=1", ""}, {"GET", "/ui/Maths", ""}, {"GET", "/api/roll?room=Maths", ""},
			{"OPTIONS", "/users/1", ""}, {"GET", "/metrics", ""}, {"GET", "/nothing", ""},
		} {
			got := ask(host, request[0], request[1], request[2])
			if refused := got.status == http.StatusMisdirectedRequest; refused == taken {
				t.Errorf("called %.50q, %s is answered with %d %s", host, request, got.status, got.body)
			} else if refused && (codeOf(t, got) != "misdirected" || !strings.Contains(got.body, "--allowed-hosts")) {
				t.Errorf("told %s", got.body)
			}
		}
		if got := ask(host, "GET", "/healthz", ""); got.status != http.StatusOK {
			t.Errorf("a balancer that calls it %.50q is told %d", host, got.status)
		}
	}
	if text := log.String(); strings.Count(text, `host=evil.example `) != 1 || !strings.Contains(text, `to_allow="--allowed-hosts evil.example"`) {
		t.Errorf("logged %s", text)
	}
}

// Lists are bounded, however many users there are: in what is answered, and in what that
// takes.
func TestListsAreBoundedWithManyUsers(t *testing.T) {
	s := newSite(t)
	const many = 20_000
	store := s.Users.(*identity.Store)
	done, err := store.Import(t.Context(), func(yield func(identity.Record, error) bool) {
		for i := range many {
			if !yield(identity.Record{Line: i, ID: fmt.Sprintf("user %06d", i), Name: "Somebody"}, nil) {
				return
			}
		}
	}, false, func(int, error) {})
	actorstest.Must(t, err)
	if done.Added != many {
		t.Fatalf("%+v", done)
	}
	ids := make([]string, 1001)
	for i := range ids {
		ids[i] = fmt.Sprintf("user %06d", i)
	}
	list := "/users?id_user=" + url.QueryEscape(strings.Join(ids[:1000], ","))
	for _, test := range []struct {
		target string
		users  int
		header string
	}{
		{"/users", 1000, "Link"},
		{"/users?limit=7", 7, "Link"},
		{list, 1000, ""},
	} {
		got := s.get(test.target)
		if got.status != http.StatusOK || len(users(t, got)) != test.users || test.header != "" && got.header.Get(test.header) == "" {
			t.Errorf("%.40s: %d, %d users", test.target, got.status, len(users(t, got)))
		}
	}
	for _, target := range []string{"/users?limit=1001", "/users?limit=1000000000000", list + ",one+more", "/users?" + strings.Repeat("id_user=1&", 1001)} {
		if got := s.get(target); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%.40s: %d", target, got.status)
		}
	}
	if got := s.get("/"); got.status != http.StatusFound || !strings.HasPrefix(got.header.Get("Location"), "/ui/foo?id_user=") {
		t.Errorf("home: %d %v", got.status, got.header)
	}
	for _, target := range []string{"/", "/users", list} {
		const requests = 5
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range requests {
			s.get(target)
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / requests; each > 4<<20 {
			t.Errorf("%.40s takes %d bytes", target, each)
		}
	}
}

func TestNamesThroughAProxy(t *testing.T) {
	hosts, err := origins.NewHosts([]string{"example.org"})
	actorstest.Must(t, err)
	trust, err := proxies.Parse([]string{"10.0.0.0/8"})
	actorstest.Must(t, err)
	s := newSite(t, func(c *Config) { c.Hosts = hosts })
	for _, test := range []struct {
		name, peer, host, said string
		taken                  bool
	}{
		{"it says what was addressed", "10.0.0.1:1", "upstream", "example.org", true},
		{"it passes on what was addressed", "10.0.0.1:1", "example.org", "", true},
		{"it passes on what was addressed, and that is strange", "10.0.0.1:1", "evil.example", "", false},
		{"it says that a strange name was addressed", "10.0.0.1:1", "example.org", "evil.example", false},
		{"a stranger says so", "192.0.2.1:1", "evil.example", "example.org", false},
	} {
		r := s.request("GET", "/users/1", "")
		r.Host, r.RemoteAddr = test.host, test.peer
		if test.said != "" {
			r.Header.Set("X-Forwarded-Host", test.said)
		}
		var got answer
		trust.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, seen *http.Request) { got = s.answer(seen) })).ServeHTTP(nil, r)
		if taken := got.status == http.StatusOK; taken != test.taken {
			t.Errorf("%s: %d", test.name, got.status)
		}
	}
}

// Who changes users too often has to wait; operators need not, nor others.
func TestWritesHaveARate(t *testing.T) {
	s := newSite(t, func(c *Config) {
		c.Gate, c.Writes = gate.New(adminToken), visitors.NewRate("changes of users", 1, nil)
	})
	put := func(remote string, header ...string) answer {
		r := s.request(http.MethodPut, "/users/1", `{"name":"Ann"}`, header...)
		r.RemoteAddr = remote
		return s.answer(r)
	}
	taken, refused := 0, answer{}
	for range 30 {
		if got := put("192.0.2.1:1"); got.status == http.StatusNoContent {
			taken++
		} else {
			refused = got
		}
	}
	if taken < 10 || taken > 20 || refused.status != http.StatusTooManyRequests || refused.header.Get("Retry-After") == "" || codeOf(t, refused) != "rate_limited" {
		t.Errorf("%d are taken, then: %d %v %s", taken, refused.status, refused.header, refused.body)
	}
	if got := put("192.0.2.1:1", "Authorization", "Bearer "+adminToken); got.status != http.StatusNoContent {
		t.Errorf("an operator is told %d %s", got.status, got.body)
	}
	if got := put("192.0.2.2:1"); got.status != http.StatusNoContent {
		t.Errorf("another address is told %d %s", got.status, got.body)
	}
	r := s.request(http.MethodGet, "/users/1", "")
	r.RemoteAddr = "192.0.2.1:1"
	if got := s.answer(r); got.status != http.StatusOK {
		t.Errorf("who reads is told %d", got.status)
	}
}

// Requests that wait take places, of their address and of all; how the node is can be
// asked in any case.
func TestRequestsUnderWayAreBounded(t *testing.T) {
	waiting, release := make(chan struct{}), make(chan struct{})
	table := visitors.NewTable("requests", visitors.Limits{PerSite: 1, All: 2}, nil)
	s := newSite(t, func(c *Config) {
		c.Underway, c.Metrics, c.Gate = table, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			waiting <- struct{}{}
			<-release
		}), gate.New(adminToken)
	})
	from := func(remote, target string) answer {
		r := s.request(http.MethodGet, target, "", "Authorization", "Bearer "+adminToken)
		r.RemoteAddr = remote
		return s.answer(r)
	}
	done := make(chan answer, 2)
	for _, remote := range []string{"192.0.2.1:1", "192.0.2.2:1"} {
		go func() { done <- from(remote, "/metrics") }()
		<-waiting
		got := from(remote, "/users")
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || codeOf(t, got) != "unavailable" {
			t.Errorf("another request of %s: %d %v %s", remote, got.status, got.header, got.body)
		}
	}
	if got := from("192.0.2.3:1", "/users"); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "as many requests") {
		t.Errorf("one too many: %d %s", got.status, got.body)
	}
	if got := from("192.0.2.1:1", "/healthz"); got.status != http.StatusOK {
		t.Errorf("health: %d", got.status)
	}
	close(release)
	for range 2 {
		<-done
	}
	if got := from("192.0.2.1:1", "/users"); got.status != http.StatusOK || table.Len() != 0 {
		t.Errorf("then: %d, %d under way", got.status, table.Len())
	}
}
