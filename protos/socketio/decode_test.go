package socketio

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// id returns the ID n.
func id(n uint64) ID { return IDOf(n) }

// The grammar of text messages without attachments, in both versions, as a
// client may send them. The zero packet stands for a message that is refused.
func TestTextFromClient(t *testing.T) {
	root := func(t Type, id ID, data string) Packet {
		p := Packet{Type: t, Namespace: "/", ID: id}
		if data != "" {
			p.Data = []byte(data)
		}
		return p
	}
	in := func(namespace string, p Packet) Packet { p.Namespace = namespace; return p }
	query := func(query string, p Packet) Packet { p.Query = query; return p }
	both := func(p Packet) [2]Packet { return [2]Packet{p, p} }
	none := [2]error{}
	fails := func(err error) [2]error { return [2]error{err, err} }

	tests := []struct {
		text string
		want [2]Packet // in version 4 and 5
		err  [2]error
	}{
		// CONNECT
		{`0`, both(root(Connect, ID{}, "")), none},
		{`01`, both(root(Connect, ID{}, "")), none}, // the id means nothing
		{`0/admin,`, both(in("/admin", root(Connect, ID{}, ""))), none},
		{`0/admin`, both(in("/admin", root(Connect, ID{}, ""))), none},
		{`0/,`, both(root(Connect, ID{}, "")), none},
		{`0{"token":"1"}`, [2]Packet{{}, root(Connect, ID{}, `{"token":"1"}`)}, [2]error{BadPayload, nil}},
		{`0/a,{}`, [2]Packet{{}, in("/a", root(Connect, ID{}, `{}`))}, [2]error{BadPayload, nil}},
		{`0/x?token=1&b=%2C,`, [2]Packet{
			query("token=1&b=%2C", in("/x", root(Connect, ID{}, ""))),
			in("/x?token=1&b=%2C", root(Connect, ID{}, "")),
		}, none},
		{`0/x?a=?`, [2]Packet{
			query("a=?", in("/x", root(Connect, ID{}, ""))),
			in("/x?a=?", root(Connect, ID{}, "")),
		}, none},
		{`0/?token=1,`, [2]Packet{
			query("token=1", root(Connect, ID{}, "")),
			in("/?token=1", root(Connect, ID{}, "")),
		}, none},
		{`0[]`, both(Packet{}), fails(BadPayload)},
		{`0"a"`, both(Packet{}), fails(BadPayload)},
		{`0null`, both(Packet{}), fails(BadPayload)},
		{`0{`, both(Packet{}), fails(NotJSON)},
		{`0{}{}`, both(Packet{}), fails(NotJSON)},

		// DISCONNECT
		{`1`, both(root(Disconnect, ID{}, "")), none},
		{`11`, both(root(Disconnect, ID{}, "")), none},
		{`1/admin,`, both(in("/admin", root(Disconnect, ID{}, ""))), none},
		{`1{}`, both(Packet{}), fails(BadPayload)},
		{`1[]`, both(Packet{}), fails(BadPayload)},
		{`1""`, both(Packet{}), fails(BadPayload)},

		// EVENT
		{`2`, both(root(Event, ID{}, "")), none}, // to be ignored
		{`21`, both(root(Event, id(1), "")), none},
		{`2["x"]`, both(root(Event, ID{}, `["x"]`)), none},
		{`21["x"]`, both(root(Event, id(1), `["x"]`)), none},
		{`20["x"]`, both(root(Event, id(0), `["x"]`)), none},
		{`218446744073709551615["x"]`, both(root(Event, id(1<<64-1), `["x"]`)), none},
		{`2/admin,456["x",{"a":[1,null]}]`, both(in("/admin", root(Event, id(456), `["x",{"a":[1,null]}]`))), none},
		{`2/ä,["x"]`, both(in("/ä", root(Event, ID{}, `["x"]`))), none},
		{`2[""]`, both(root(Event, ID{}, `[""]`)), none},
		{`2[1,2]`, both(root(Event, ID{}, `[1,2]`)), none},
		{`2["x",1e999,"\ud800","<>&"]`, both(root(Event, ID{}, `["x",1e999,"\ud800","<>&"]`)), none},
		{"2[ \"x\"\n] ", both(root(Event, ID{}, "[ \"x\"\n] ")), none},
		{`2["message",{"_placeholder":true,"num":7}]`, both(root(Event, ID{}, `["message",{"_placeholder":true,"num":7}]`)), none},
		{`2["error"]`, both(root(Event, ID{}, `["error"]`)), none}, // not reserved
		{`218446744073709551616["x"]`, both(root(Event, ID{[]byte("18446744073709551616"), true}, `["x"]`)), none},
		{`2007["x"]`, both(root(Event, ID{[]byte("007"), true}, `["x"]`)), none},
		{`2-1["x"]`, both(Packet{}), fails(BadPayload)},
		{`2 ["x"]`, both(Packet{}), fails(BadPayload)},
		{`2[]`, both(Packet{}), fails(NotEvent)},
		{`2[null]`, both(Packet{}), fails(NotEvent)},
		{`2[true]`, both(Packet{}), fails(NotEvent)},
		{`2[["x"]]`, both(Packet{}), fails(NotEvent)},
		{`2[{}]`, both(Packet{}), fails(NotEvent)},
		{`2{}`, both(Packet{}), fails(BadPayload)},
		{`2"x"`, both(Packet{}), fails(BadPayload)},
		{`2null`, both(Packet{}), fails(BadPayload)},
		{`2["x"`, both(Packet{}), fails(NotJSON)},
		{`2["x",]`, both(Packet{}), fails(NotJSON)},
		{`2["x"]["y"]`, both(Packet{}), fails(NotJSON)},
		{`2["\x"]`, both(Packet{}), fails(NotJSON)},
		{"2[\"\n\"]", both(Packet{}), fails(NotJSON)},
		{`2["x",` + strings.Repeat("[", 100_000), both(Packet{}), fails(TooDeep)},
		{`2["x",` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_001), both(Packet{}), fails(TooDeep)},
		{`2["connect"]`, both(Packet{}), fails(ReservedName)},
		{`2["connect_error"]`, both(Packet{}), fails(ReservedName)},
		{`2["disconnect"]`, both(Packet{}), fails(ReservedName)},
		{`2["disconnecting"]`, both(Packet{}), fails(ReservedName)},
		{`2["newListener"]`, both(Packet{}), fails(ReservedName)},
		{`2/a,7["removeListener",1]`, both(Packet{}), fails(ReservedName)},
		{`2["\u0063onnect"]`, both(Packet{}), fails(ReservedName)},

		// ACK
		{`3`, both(root(Ack, ID{}, "")), none}, // to be ignored
		{`3[]`, both(root(Ack, ID{}, "[]")), none},
		{`31`, both(root(Ack, id(1), "")), none},
		{`31[]`, both(root(Ack, id(1), "[]")), none},
		{`3/a,1["connect",null]`, both(in("/a", root(Ack, id(1), `["connect",null]`))), none},
		{`31{}`, both(Packet{}), fails(BadPayload)},
		{`31"a"`, both(Packet{}), fails(BadPayload)},

		// CONNECT_ERROR
		{`4`, both(Packet{}), fails(NotForClients)},
		{`4{"message":"no"}`, both(Packet{}), fails(NotForClients)},
		{`4"no"`, both(Packet{}), fails(NotForClients)},

		// Binary packets that are none
		{`5`, both(Packet{}), fails(BadAttachmentCount)},
		{`5["x"]`, both(Packet{}), fails(BadAttachmentCount)},
		{`51["x"]`, both(Packet{}), fails(BadAttachmentCount)},
		{`5-["x"]`, both(Packet{}), fails(BadAttachmentCount)},
		{`50-["x"]`, both(Packet{}), fails(BadAttachmentCount)},
		{`5-1-["x"]`, both(Packet{}), fails(BadAttachmentCount)},
		{`51.0-["x"]`, both(Packet{}), fails(BadAttachmentCount)},
		{`5 1-["x"]`, both(Packet{}), fails(BadAttachmentCount)},
		{`5/a,1-["x"]`, both(Packet{}), fails(BadAttachmentCount)},
		{`511-["x"]`, both(Packet{}), fails(TooManyAttachments)},
		{`599999999999999999999999-["x"]`, both(Packet{}), fails(TooManyAttachments)},
		{`51-`, both(Packet{}), fails(BadPayload)},
		{`51-/a,1`, both(Packet{}), fails(BadPayload)},
		{`51-{}`, both(Packet{}), fails(BadPayload)},
		{`51-[]`, both(Packet{}), fails(NotEvent)},
		{`51-[{"_placeholder":true,"num":0}]`, both(Packet{}), fails(NotEvent)},
		{`51-["connect",{"_placeholder":true,"num":0}]`, both(Packet{}), fails(ReservedName)},
		{`61-1`, both(Packet{}), fails(BadPayload)},

		// No packets
		{``, both(Packet{}), fails(UnknownType)},
		{` `, both(Packet{}), fails(UnknownType)},
		{`7`, both(Packet{}), fails(UnknownType)},
		{`/`, both(Packet{}), fails(UnknownType)},
		{`-1`, both(Packet{}), fails(UnknownType)},
		{`a`, both(Packet{}), fails(UnknownType)},
		{"\x00", both(Packet{}), fails(UnknownType)},
		{"\xff", both(Packet{}), fails(UnknownType)},
	}
	for _, test := range tests {
		for i, v := range []Version{V4, V5} {
			d := Decoder{Version: v}
			got, whole, err := d.Text([]byte(test.text))
			if !reflect.DeepEqual(got, test.want[i]) || !errors.Is(err, test.err[i]) || whole != (err == nil) {
				t.Errorf("version %d, %.40q: %+v, %v, %v; want %+v, %v", v, test.text, got, whole, err, test.want[i], test.err[i])
			}
		}
	}
}

func TestTextFromServerKeepsTheVersionsApart(t *testing.T) {
	tests := []struct {
		text   string
		v4, v5 error
	}{
		{`0`, nil, BadPayload}, // how clients v3 notice a server v2
		{`0{"sid":"a"}`, BadPayload, nil},
		{`0/x,{"sid":"a"}`, BadPayload, nil},
		{`4"no"`, nil, BadPayload},
		{`4{"message":"no"}`, BadPayload, nil},
		{`4/x,{"message":"no"}`, BadPayload, nil},
		{`4`, BadPayload, BadPayload},
		{`4["no"]`, BadPayload, BadPayload},
		{`2["x"]`, nil, nil},
		{`2["connect"]`, ReservedName, ReservedName},
	}
	for _, test := range tests {
		for v, want := range map[Version]error{V4: test.v4, V5: test.v5} {
			d := Decoder{Version: v, From: Server}
			if _, _, err := d.Text([]byte(test.text)); !errors.Is(err, want) {
				t.Errorf("version %d, %s: %v, want %v", v, test.text, err, want)
			}
		}
	}
}

func TestTheZeroDecoderReadsVersionFive(t *testing.T) {
	var d Decoder
	if p, whole, err := d.Text([]byte(`0/x?y,{"a":1}`)); !whole || err != nil || p.Namespace != "/x?y" || p.Query != "" {
		t.Errorf("%+v, %v, %v", p, whole, err)
	}
}

func TestDecodingAnEventDoesNotAllocate(t *testing.T) {
	d := Decoder{Version: V5}
	message := []byte(`217["identity-change",{"id_user":"7","version":12}]`)
	if n := allocations(func() {
		if _, _, err := d.Text(message); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per event, want none", n)
	}
}

// allocations returns how often f allocates: the least of some counts, since the
// runtime may do so meanwhile, and pools lose things on purpose under the race detector.
func allocations(f func()) float64 {
	least := testing.AllocsPerRun(100, f)
	for range 4 {
		least = min(least, testing.AllocsPerRun(100, f))
	}
	return least
}
