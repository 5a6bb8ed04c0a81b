package actors

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/problem"
)

// vouchers is a verifier that knows its tokens by heart.
type vouchers struct {
	mu     sync.Mutex
	grants map[string]access.Grant
	away   bool
}

func (v *vouchers) Verify(_ context.Context, token string) (access.Grant, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	grant, ok := v.grants[token]
	switch {
	case v.away:
		return grant, problem.New(problem.Unavailable, "away")
	case !ok:
		return grant, problem.New(problem.Unauthorized, "no such token").Named(problem.BadToken)
	}
	return grant, nil
}

// vouch makes a token that says this, for an hour, and for all that it does not say of rooms.
func (v *vouchers) vouch(token, user, rooms string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	grant := access.Grant{User: user, Rooms: access.Everywhere(access.Usual), Expires: time.Now().Add(time.Hour)}
	if rooms != "" {
		var err error
		if grant.Rooms, err = access.ParseRooms([]byte(rooms)); err != nil {
			panic(err)
		}
	}
	v.grants[token] = grant
}

// lasts has a token expire after a time.
func (v *vouchers) lasts(token string, d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	grant := v.grants[token]
	grant.Expires = time.Now().Add(d)
	v.grants[token] = grant
}

// asking starts nodes that ask for tokens.
func (f *fixture) asking(count int) ([]*testNode, *vouchers) {
	f.t.Helper()
	v := &vouchers{grants: make(map[string]access.Grant)}
	return f.nodes(count, func(c *Config) { c.Access = v }), v
}

// shows connects to a room with a token in its auth payload, and a query that lies.
func (n *testNode) shows(room, token string) *client {
	c := n.dial(engineio.V4, n.Attend(as(room, "3")))
	c.says(`40{"token":"` + token + `"}`)
	return c
}

// showed is shows, until the client is greeted.
func (n *testNode) showed(room, token, user string) *client {
	n.t.Helper()
	c := n.shows(room, token)
	c.user = user
	c.greeted()
	return c
}

func TestATokenSaysWhoAClientIs(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(2)
	v.vouch("ann", "1", "")
	v.vouch("bob", "2", "")
	ann := nodes[0].showed("Maths", "ann", "1")

	old := nodes[1].dial(engineio.V3, nodes[1].Attend(url.Values{"room": {"Maths"}, "token": {"bob"}}))
	old.user = "2"
	old.id = sidIn(t, old.hears("0{")[1:])
	old.hears(`42["handshake"`)
	both := nodes[1].dial(engineio.V4, nodes[1].Attend(url.Values{"room": {"Maths"}, "token": {"bob"}}))
	both.user = "1"
	both.says(`40{"token":"ann"}`) // rather than that of the query
	both.greeted()
	exactEverywhere(t, nodes, "Maths", ann, old, both)
}

func TestWhoShowsNoGoodTokenIsRefused(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(1)
	v.vouch("nobody", "no such user", "")
	v.vouch("nobodys", "a\x00b", "")
	v.vouch("elsewhere", "1", `{"Physics": "j", "Maths": "wl"}`)
	for auth, want := range map[string]problem.Name{
		``:                               problem.BadToken, // as the verifier here says
		`{}`:                             problem.BadToken,
		`{"token":1}`:                    problem.BadToken,
		`{"TOKEN":"elsewhere"}`:          problem.BadToken,
		`{"token":"forged"}`:             problem.BadToken,
		`{"token":"nobody"}`:             problem.UnknownUser,
		`{"token":"nobodys"}`:            problem.BadToken,
		`{"token":"elsewhere","room":1}`: problem.NoRight,
	} {
		c := nodes[0].dial(engineio.V4, nodes[0].Attend(as("Maths", "1")))
		c.says("40" + auth)
		if got := c.hears("44"); !strings.Contains(got, `"code":"`+string(want)+`"`) || strings.Contains(got, "forged") {
			t.Errorf("%s is refused by %s, want %s", auth, got, want)
		}
		c.leaves()
	}
	v.mu.Lock()
	v.away = true
	v.mu.Unlock()
	c := nodes[0].shows("Maths", "elsewhere")
	if reason := c.ends(); reason != session.TryAgain || len(c.got("44")) > 0 {
		t.Errorf("while nobody can tell it is closed for %q, with %q", reason, c.got("44"))
	}
	exactEverywhere(t, nodes, "Maths")
}

func TestRightsInRooms(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(2)
	v.vouch("all", "1", "")
	v.vouch("joins", "2", `{"Maths": "j", "Read*": "jl"}`)
	all := nodes[0].showed("Maths", "all", "1")
	c := nodes[1].showed("Maths", "joins", "2")
	all.hears(connected(c))
	all.joins("Reading")

	denied := `"code":"no_right"`
	if got := c.asks("join", `"Physics"`); !strings.Contains(got, denied) {
		t.Errorf("it joins a room that it may not: %s", got)
	}
	c.joins("Reading")
	for _, room := range []string{"Maths", "Reading"} {
		if got := c.asks("message", `"`+room+`"`, `"hi"`); !strings.Contains(got, denied) {
			t.Errorf("it writes to %s: %s", room, got)
		}
	}
	if got := c.asks("identity-change", `{"mood":"good"}`); !strings.Contains(got, denied) {
		t.Errorf("who may write nowhere is answered by %s", got)
	}

	more := nodes[0].showed("Maths", "all", "1")
	more.joins("Reading")
	if got := all.asks("message", `"Maths"`, `"hello"`); got != `{"ok":true}` {
		t.Error(got)
	}
	c.hears(`42["message",{"room":"Maths"`)
	c.hears(`42["socket-connected","` + more.id + `",{"id_user":"1","room":"Reading"`)
	more.leaves()
	c.hears(`42["socket-disconnected","` + more.id + `",{"id_user":"1","room":"Reading"`)
	for _, frame := range c.got(`42["socket-`) {
		if strings.Contains(frame, `"room":"Maths"`) {
			t.Errorf("it may not see who is there, and is told %s", frame)
		}
	}
	if got := all.got(`42["identity-change"`); len(got) > 0 {
		t.Errorf("who may not write is heard: %q", got)
	}
}

// Who has the right may take others out of a room, on whatever node they are.
func TestRemovingOthers(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(2)
	v.vouch("host", "1", `{"Maths": "jld", "Physics": "j"}`)
	v.vouch("guest", "2", "")
	host, guest := nodes[0].showed("Maths", "host", "1"), nodes[1].showed("Maths", "guest", "2")
	host.joins("Physics")
	guest.joins("Physics")
	id := `"` + guest.id + `"`
	for args, want := range map[string]string{
		`"Maths"`:               "bad_arguments",
		`"Maths",7`:             "bad_arguments",
		`"Physics",` + id:       "no_right",
		`"Maths","nobody's id"`: "not_in_room",
	} {
		if got := host.asks("remove", args); !strings.Contains(got, `"code":"`+want+`"`) {
			t.Errorf("remove %s is answered by %s", args, got)
		}
	}
	if got := guest.asks("remove", `"Maths"`, `"`+host.id+`"`); !strings.Contains(got, `"code":"no_right"`) {
		t.Errorf("a guest is answered by %s", got)
	}
	if got := host.asks("remove", `"Maths"`, id); got != `{"ok":true}` {
		t.Fatal(got)
	}
	guest.hears(`42["removed",{"room":"Maths","code":"removed"}]`)
	host.hears(`42["socket-disconnected",` + id + `,{"id_user":"2","room":"Maths"`)
	soonExactEverywhere(t, nodes, "Maths", host)
	soonExactEverywhere(t, nodes, "Physics", host, guest)
	if got := host.asks("remove", `"Maths"`, id); !strings.Contains(got, `"code":"not_in_room"`) {
		t.Errorf("again it is answered by %s", got)
	}
}

func TestATokenExpires(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(2)
	v.vouch("short", "1", "")
	v.lasts("short", 1500*time.Millisecond)
	v.vouch("long", "2", "")
	witness := nodes[1].showed("Maths", "long", "2")
	c := nodes[0].showed("Maths", "short", "1")
	witness.hears(connected(c))
	if got := c.hears(`42["token-expiring"`); !strings.Contains(got, `{"expires":"20`) {
		t.Errorf("it is told %s", got)
	}
	if reason := c.ends(); reason != session.TokenExpired {
		t.Errorf("closed for %q", reason)
	}
	if got := c.got(`42["closing",{"code":"token_expired","error":"`); len(got) != 1 {
		t.Errorf("it is told %q", c.got(`42["closing"`))
	}
	witness.hears(disconnected(c))
	if got := witness.got(`42["token-expiring"`); len(got) > 0 {
		t.Errorf("who has an hour left is told %q", got)
	}
}

// A token expires while the socket is busy with taking another one, which is good.
func TestATokenThatIsReplacedClosesNothing(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(1)
	v.vouch("short", "1", "")
	v.lasts("short", 2*time.Second)
	expired := time.After(2100 * time.Millisecond)
	v.vouch("long", "1", "")
	c := nodes[0].showed("Maths", "short", "1")
	c.hears(`42["token-expiring"`)
	nodes[0].admissions.mu.Lock()
	c.says(`427["token","long"]`)
	<-expired
	nodes[0].admissions.mu.Unlock()
	c.hears(`437[{"ok":true`)
	if got := c.asks("leave", `"Maths"`); !strings.HasPrefix(got, `{"ok":true`) {
		t.Errorf("leave is answered by %s", got)
	}
	if got := c.got(`42["closing"`); len(got) > 0 {
		t.Errorf("it is told %q", got)
	}
}

func TestATokenIsRenewedInPlace(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(1)
	v.vouch("short", "1", "")
	v.vouch("less", "1", `{"Maths": "jw", "Physics": "l"}`)
	v.vouch("other", "2", "")
	c := nodes[0].showed("Maths", "short", "1")
	c.joins("Physics")
	for args, want := range map[string]string{
		``: `"code":"bad_arguments"`, `7`: `"code":"bad_arguments"`, `"forged"`: `"code":"bad_token"`, `"other"`: `"code":"other_user"`,
	} {
		var all []string
		if args != "" {
			all = []string{args}
		}
		if got := c.asks("token", all...); !strings.Contains(got, want) || strings.Contains(got, "forged") {
			t.Errorf("token %s is answered by %s", args, got)
		}
	}
	if got := c.asks("token", `"less"`); !strings.HasPrefix(got, `{"ok":true,"expires":"20`) || !strings.HasSuffix(got, `,"left":["Physics"]}`) {
		t.Fatalf("answered by %s", got)
	}
	exactEverywhere(t, nodes, "Physics")
	exactEverywhere(t, nodes, "Maths", c)
	other := nodes[0].showed("Maths", "other", "2") // its join would be told, if it might see that
	if got := other.asks("message", `"Maths"`, "1"); got != `{"ok":true}` {
		t.Error(got)
	}
	c.hears(`42["message"`)
	if got := c.got(connected(other)); len(got) > 0 {
		t.Errorf("it still sees who comes: %q", got)
	}
	v.lasts("less", 100*time.Millisecond)
	if got := c.asks("token", `"less"`); !strings.HasPrefix(got, `{"ok":true`) {
		t.Error(got)
	}
	if reason := c.ends(); reason != session.TokenExpired {
		t.Errorf("closed for %q", reason)
	}
}

func TestNobodyWaitsForTheTokensOfWhoHasLeft(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(1)
	v.vouch("long", "1", "")
	app := nodes[0].Attend(as("Maths", "1")).(*attendee)
	c := nodes[0].dial(engineio.V4, app)
	c.says(`40{"token":"long"}`)
	c.greeted()
	c.leaves()
	actorstest.Eventually(t, "the socket to end", func() bool { return nodes[0].Sockets().Count() == 0 })
	if app.token.timer.Stop() {
		t.Error("a timer holds the socket in memory until its token expires")
	}
}

func TestWithoutVerifierNoTokensAreTaken(t *testing.T) {
	c := newFixture(t).start().connects("Maths", "1")
	if got := c.asks("remove", `"Maths"`, `"id"`); !strings.Contains(got, `"code":"no_right"`) || strings.Contains(got, "Your token") {
		t.Errorf("remove is answered by %s", got)
	}
	if got := c.asks("token", `"any"`); !strings.Contains(got, `"code":"bad_arguments"`) {
		t.Errorf("answered by %s", got)
	}
}
