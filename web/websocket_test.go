package web

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
)

func TestWebsocketOfBothProtocols(t *testing.T) {
	s := newSite(t)
	modern := s.connect("Maths", 1)
	old := s.dial("3", "Maths", 2)
	old.hear("0{")
	old.hear(`42["handshake"`)
	modern.hear(`42["socket-connected"`)
	old.say("2")
	old.hear("3")
	old.say(`420["identity-change",{}]`)
	if got := modern.hear(`42["identity-change"`); got != `42["identity-change",{"id_user":"2","version":1}]` {
		t.Errorf("got %s", got)
	}
	actorstest.Must(t, old.Close())
	modern.hear(`42["socket-disconnected"`)
}

func TestRefusalReachesTheClient(t *testing.T) {
	s := newSite(t)
	modern, old := s.dial("4", "Maths", 99), s.dial("3", "Maths", 99)
	modern.say("40")
	if got := modern.hear("44"); !strings.Contains(got, "There is no user") {
		t.Errorf("protocol 4: %s", got)
	}
	if got := old.hear(`44"`); !strings.Contains(got, "There is no user") {
		t.Errorf("protocol 3: %s", got)
	}
}
