package socketio

import (
	"errors"
	"testing"
)

func TestEventHasNameAndRawArguments(t *testing.T) {
	tests := []struct {
		data string
		name string
		args []string
	}{
		{`["x"]`, "x", nil},
		{`[""]`, "", nil},
		{` [ "x" , 1 ] `, "x", []string{"1"}},
		{`["a\"b\\c\u00e9\n",null]`, "a\"b\\cé\n", []string{"null"}},
		{`["\ud800"]`, "\ufffd", nil},
		{`[-1.50,"x"]`, "-1.50", []string{`"x"`}},
		{`["x",{"a":[1,"]",{}]},[[],"\"],["],"<\ud800>",1e999,true]`, "x",
			[]string{`{"a":[1,"]",{}]}`, `[[],"\"],["]`, `"<\ud800>"`, `1e999`, `true`}},
		{"[\"x\"\n,\t1\r, 2 ]", "x", []string{"1", "2"}},
	}
	for _, test := range tests {
		for _, typ := range []Type{Event, BinaryEvent} {
			name, args, err := Packet{Type: typ, Data: []byte(test.data)}.Event()
			if err != nil || name != test.name || len(args) != len(test.args) {
				t.Errorf("%s: %q, %q, %v; want %q, %q", test.data, name, args, err, test.name, test.args)
				continue
			}
			for i := range args {
				if string(args[i]) != test.args[i] {
					t.Errorf("%s: argument %d is %s, want %s", test.data, i, args[i], test.args[i])
				}
			}
		}
	}
}

func TestNotEveryPacketIsAnEvent(t *testing.T) {
	for _, p := range []Packet{
		{Type: Event},
		{Type: Event, Data: []byte(`[]`)},
		{Type: Event, Data: []byte(`[null]`)},
		{Type: Ack, Data: []byte(`["x"]`)},
		{Type: Connect, Data: []byte(`{}`)},
	} {
		if name, args, err := p.Event(); !errors.Is(err, NotEvent) {
			t.Errorf("%v %s: %q, %q, %v; want %v", p.Type, p.Data, name, args, err, NotEvent)
		}
	}
}

func TestAnswerHasRawArguments(t *testing.T) {
	for _, typ := range []Type{Ack, BinaryAck} {
		args := Packet{Type: typ, Data: []byte(`["a", {"b":1}]`)}.Args()
		if len(args) != 2 || string(args[0]) != `"a"` || string(args[1]) != `{"b":1}` {
			t.Errorf("%v: %q", typ, args)
		}
	}
	if args := (Packet{Type: Event, Data: []byte(`["a"]`)}).Args(); args != nil {
		t.Errorf("an event has the answer %q", args)
	}
}

func TestArgumentsDoNotGrowIntoEachOther(t *testing.T) {
	data := []byte(`["x",1,2]`)
	_, args, err := Packet{Type: Event, Data: data}.Event()
	if err != nil {
		t.Fatal(err)
	}
	_ = append(args[0], "999"...)
	if string(data) != `["x",1,2]` {
		t.Errorf("appending to an argument changed the packet to %s", data)
	}
}
