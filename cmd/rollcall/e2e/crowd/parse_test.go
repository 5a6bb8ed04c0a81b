//go:build unix

package crowd

import (
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
)

func TestEventsAreRead(t *testing.T) {
	at := history.Position{Epoch: 7, Seq: 3}
	tests := []struct {
		text string
		want history.Event
		ok   bool
	}{
		{`["socket-connected","a",{"id_user":"1","room":"R","node":"n","epoch":7,"seq":3}]`, history.Event{Kind: history.Connected, Socket: "a", User: "1", Room: "R", Position: at}, true},
		{`["socket-disconnected","a",{"id_user":"1","room":"R"}]`, history.Event{Kind: history.Disconnected, Socket: "a", User: "1", Room: "R"}, true},
		{`["identity-change",{"id_user":"2","version":5}]`, history.Event{Kind: history.Renamed, User: "2", Version: 5}, true},
		{`["message",{"room":"R","id_socket":"a","id_user":"2"},4]`, history.Event{Kind: history.Said, Socket: "a", User: "2", Room: "R", Number: 4}, true},
		{`["messages-dropped",{"room":"R","count":7}]`, history.Event{Kind: history.Lost, Room: "R", Number: 7}, true},
		{`["messages-dropped",{}]`, history.Event{}, false},
		{`["message",{"id_user":"2"}]`, history.Event{}, false},
		{`["message",{"id_user":"2"},"text"]`, history.Event{}, false},
		{`["socket-connected",7]`, history.Event{Kind: history.Connected}, false},
		{`[`, history.Event{}, false},
	}
	for _, test := range tests {
		if got, ok := parse([]byte(test.text)); ok != test.ok || ok && got != test.want {
			t.Errorf("%s: %+v, %v", test.text, got, ok)
		}
	}
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte(`["socket-connected","a",{"id_user":"1","epoch":7,"seq":3}]`))
	f.Add([]byte(`["identity-change",{"id_user":"2","version":5}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, ok := parse(data); ok && e.Kind == history.Renamed && e.Socket != "" {
			t.Errorf("%q is a rename of a socket: %+v", data, e)
		}
	})
}

func TestRollsAreRead(t *testing.T) {
	var roll history.Roll
	a := Answer{Status: 200, Body: []byte(`[{"id_socket":"a","id_user":"1","data":{}},{"id_socket":"a","id_user":"1","data":{}}]`)}
	a.Header = map[string][]string{"Rollcall-Complete": {"false"}, "Rollcall-Missing": {"n1, n2"}, "Rollcall-Lost": {"n3"}}
	err := readRoll(&roll, a)
	if err != nil || roll.Complete || len(roll.Missing) != 2 || len(roll.Lost) != 1 || len(roll.Twice) != 1 || roll.Users["a"] != "1" {
		t.Errorf("%+v, %v", roll, err)
	}
	if readRoll(&roll, Answer{Status: 503}) == nil || readRoll(&roll, Answer{Status: 200, Body: []byte("{")}) == nil {
		t.Error("no roll was read as one")
	}
}
