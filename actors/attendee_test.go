package actors

import (
	"log/slog"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/session"
	"net"
	"net/url"
	"strings"
)

func TestEveryEventWithACallbackIsAnswered(t *testing.T) {
	c := newFixture(t).start().connects("Maths", "1")
	for event, want := range map[string]string{
		"anything": `{"ok":false,"error":"This server takes no event \"anything\": see docs/clients.md for those that it takes","code":"unknown_event"}`,
		"":         `"code":"unknown_event"`,
		"Join":     `"code":"unknown_event"`,
		"message":  `"code":"bad_arguments"`,
		"join":     `"code":"bad_arguments"`,
		"leave":    `"code":"bad_arguments"`,
	} {
		if answer := c.asks(event); !strings.Contains(answer, want) {
			t.Errorf("%q is answered with %s", event, answer)
		}
	}
	c.says(`42["anything"]`) // no answer is wanted
	c.joins("Physics")
}

// Who names no room is in none, until it joins one.
func TestConnectingWithoutARoom(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	there := nodes[1].connects("Maths", "2")
	c := nodes[0].dial(4, nodes[0].Attend(url.Values{"id_user": {"1"}}))
	c.user = "1"
	c.says("40")
	c.id = sidIn(t, c.hears(`40{"sid":`)[2:])
	if got := c.hears(`42["handshake"`); got != `42["handshake",{"procid":"node-1"}]` {
		t.Errorf("greeted with %s", got)
	}
	exactEverywhere(t, nodes, "Maths", there)
	if answer := c.asks("message", `"Maths"`, "1"); !strings.Contains(answer, `"code":"not_in_room"`) {
		t.Errorf("it may speak: %s", answer)
	}
	if answer := c.asks("identity-change", "{}"); answer != `{"ok":true}` {
		t.Errorf("answered %s", answer)
	}
	c.joins("Maths")
	there.hears(connected(c))
	exactEverywhere(t, nodes, "Maths", c, there)
	c.leaves()
	there.hears(disconnected(c))
}

// While the database is away, a client whose user is not known here must come again:
// official clients take a CONNECT_ERROR for final.
func TestWhoCannotBeLookedUpHasToComeAgain(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	actorstest.Must(t, err)
	address := listener.Addr().String()
	actorstest.Must(t, listener.Close())
	away, err := identity.Open(t.Context(), "postgres://rollcall@"+address+"/rollcall", slog.New(slog.DiscardHandler))
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, away.Close()) })
	n := newFixture(t).start(func(c *Config) { c.Users = away })
	c := n.enters("Maths", "1")
	if reason := c.ends(); reason != session.TryAgain {
		t.Errorf("it ended by %q", reason)
	}
	if refusals := c.got("44"); len(refusals) > 0 {
		t.Errorf("refused for good: %s", refusals)
	}
}
