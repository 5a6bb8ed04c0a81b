package pubsub

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMessagesSurviveTheBus(t *testing.T) {
	tests := []struct {
		message Message
		text    string
	}{
		{
			Change{Seq: 7, User: "2", Version: 3},
			`{"v":2,"kind":"change","change":{"seq":7,"id_user":"2","version":3}}`,
		}, {
			Change{Seq: 7, User: "2", Version: 3, At: 1700000000123},
			`{"v":2,"kind":"change","change":{"seq":7,"id_user":"2","version":3,"at":1700000000123}}`,
		}, {
			Change{Seq: 7, User: "a<b", Version: 3, Removed: true, At: 1700000000123, Store: "st", Trace: "00-1-2-01"},
			`{"v":2,"kind":"change","change":{"seq":7,"id_user":"a<b","version":3,"removed":true,"at":1700000000123,"store":"st","trace":"00-1-2-01"}}`,
		}, {
			Change{Seq: 7, User: "2", Revoked: 1700000000, At: 1700000000123},
			`{"v":2,"kind":"change","change":{"seq":7,"id_user":"2","version":0,"revoked":1700000000,"at":1700000000123}}`,
		}, {
			Relay{Socket: "s", User: "2", Version: 3, Rooms: []string{"Maths", "a&b"},
				Payload: json.RawMessage(`{"x":"<\ud800>","n":12345678901234567890}`),
				Node:    "node-1", Incarnation: "i", Number: 1},
			`{"v":2,"kind":"relay","relay":{"id_socket":"s","id_user":"2","version":3,"rooms":["Maths","a&b"],` +
				`"payload":{"x":"<\ud800>","n":12345678901234567890},"node":"node-1","incarnation":"i","number":1}}`,
		}, {
			Relay{Socket: "s", User: "2", Version: 3, Rooms: []string{"Maths"}, Payload: json.RawMessage(`{}`),
				Args: []json.RawMessage{json.RawMessage(`{"_placeholder":true,"num":0}`)}, Attachments: [][]byte{{0, 255}},
				Node: "node-1", Incarnation: "i", Number: 9, Trace: "00-1-2-01"},
			`{"v":2,"kind":"relay","relay":{"id_socket":"s","id_user":"2","version":3,"rooms":["Maths"],"payload":{},` +
				`"args":[{"_placeholder":true,"num":0}],"attachments":["AP8="],"node":"node-1","incarnation":"i","number":9,"trace":"00-1-2-01"}}`,
		}, {
			Probe{ID: "mark.7", Seq: 12, Beacon: Beacon{Node: "node-1", Incarnation: "i", Relays: 9}},
			`{"v":2,"kind":"probe","probe":"mark.7","seq":12,"node":"node-1","incarnation":"i","relays":9}`,
		}, {
			Probe{ID: "mark.7"},
			`{"v":2,"kind":"probe","probe":"mark.7"}`,
		}, {
			Probe{ID: "mark.7", Seq: 12},
			`{"v":2,"kind":"probe","probe":"mark.7","seq":12}`,
		},
	}
	for _, test := range tests {
		text, err := Encode(test.message)
		if err != nil || string(text) != test.text {
			t.Errorf("encode(%+v) = %s, %v, want %s", test.message, text, err, test.text)
		}
		message, err := Decode([]byte(test.text))
		if diff := cmp.Diff(test.message, message); err != nil || diff != "" {
			t.Errorf("decode(%s): %v (-want +got):\n%s", test.text, err, diff)
		}
	}
}

func TestAVisitSaysNothingToNodes(t *testing.T) {
	const want = `{"v":2,"kind":"visit","probe":"1z"}`
	text, err := Encode(Visit("1z"))
	if err != nil || string(text) != want {
		t.Errorf("encode = %s, %v, want %s", text, err, want)
	}
	if message, err := Decode([]byte(want)); message != nil || err != nil {
		t.Errorf("decode = %v, %v, want nothing", message, err)
	}
}

func TestNewerMessagesAreIgnoredAndMalformedOnesRefused(t *testing.T) {
	tests := map[string]struct{ malformed bool }{
		`{"v":3,"kind":"change","change":{}}`:                                         {},
		`{"v":2,"kind":"farewell"}`:                                                   {},
		`{"v":2,"kind":"change","change":{"seq":1,"id_user":"-1","version":1,"x":1}}`: {}, // any id may exist

		`{"v":1,"kind":"change","change":{"seq":7,"id_user":2,"version":3}}`: {},
		`{"v":2,"kind":"change","change":{"seq":7,"id_user":2,"version":3}}`: {malformed: true},

		``:                           {malformed: true},
		`null`:                       {malformed: true},
		`[]`:                         {malformed: true},
		`{"v":2}`:                    {malformed: true},
		`{"kind":"change"}`:          {malformed: true},
		`{"v":2,"kind":"change"}`:    {malformed: true},
		`{"v":2,"kind":"relay"}`:     {malformed: true},
		`{"v":2,"kind":"change"} {}`: {malformed: true},
		`{"v":2,"kind":"change","change":{"seq":0,"id_user":"1","version":1}}`:                                         {malformed: true},
		`{"v":2,"kind":"change","change":{"seq":1,"id_user":"1","version":0}}`:                                         {malformed: true},
		`{"v":2,"kind":"change","change":{"seq":1,"id_user":"1","version":-1,"revoked":7}}`:                            {malformed: true},
		`{"v":2,"kind":"change","change":{"seq":1,"id_user":"1","version":1,"revoked":-7}}`:                            {malformed: true},
		`{"v":2,"kind":"change","change":{"seq":1,"id_user":"1","version":1,"revoked":7,"removed":true}}`:              {malformed: true},
		`{"v":2,"kind":"change","change":{"seq":1.5,"id_user":"1","version":1}}`:                                       {malformed: true},
		`{"v":2,"kind":"relay","relay":{"id_socket":"","payload":{}}}`:                                                 {malformed: true},
		`{"v":2,"kind":"relay","relay":{"id_socket":"s"}}`:                                                             {malformed: true},
		`{"v":2,"kind":"relay","relay":{"id_socket":"s","payload":{},"incarnation":"i"}}`:                              {malformed: true},
		`{"v":2,"kind":"relay","relay":{"id_socket":"s","payload":{},"number":1}}`:                                     {malformed: true},
		`{"v":2,"kind":"relay","relay":{"id_socket":"s","payload":{},"incarnation":"i","number":1,"attachments":[1]}}`: {malformed: true},
	}
	for text, want := range tests {
		message, err := Decode([]byte(text))
		if (err != nil) != want.malformed {
			t.Errorf("decode(%s) = %v, %v, want malformed: %v", text, message, err, want.malformed)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"v":2,"kind":"change","change":{"seq":7,"id_user":"2","version":3}}`))
	f.Add([]byte(`{"v":2,"kind":"relay","relay":{"id_socket":"s","id_user":"2","version":3,"rooms":["a"],"payload":{"a":[1,"\ud800"]},"incarnation":"i","number":1}}`))
	f.Add([]byte(`{"v":2,"kind":"relay","relay":{"id_socket":"s","payload":null,"attachments":["AP8="],"incarnation":"i","number":1}}`))
	f.Add([]byte(`{"v":9,"kind":"?"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		message, err := Decode(text)
		if err != nil || message == nil {
			return
		}
		if c, ok := message.(Change); ok && c.Seq < 1 {
			t.Fatalf("accepted the number %d", c.Seq)
		}
		again, err := Encode(message)
		if err != nil {
			t.Fatalf("encode what was decoded: %v", err)
		}
		second, err := Decode(again)
		if err != nil {
			t.Fatalf("decode what was encoded: %v", err)
		}
		third, err := Encode(second)
		if err != nil || string(third) != string(again) {
			t.Fatalf("the form is not stable: %s, then %s (%v)", again, third, err)
		}
	})
}
