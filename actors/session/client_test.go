package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// above is an application that records what it is told. It lets clients into "/"
// and "/custom", and acknowledges what wants it.
type above struct {
	client *Client
	log    []string
	full   bool // refuse everybody
}

func (a *above) note(format string, args ...any) { a.log = append(a.log, fmt.Sprintf(format, args...)) }

func (a *above) Send(text []byte, attachments ...[]byte) {
	if len(attachments) > 0 {
		a.note("send %s %q", text, attachments)
		return
	}
	a.note("send %s", text)
}

func (a *above) Connect(namespace string, auth json.RawMessage) {
	a.note("connect %s %s", namespace, auth)
	if a.full || namespace != "/" && namespace != "/custom" {
		a.client.Refuse(namespace, "Invalid namespace", nil)
		return
	}
	a.client.Accept(namespace, "ID")
}

func (a *above) Event(e Event) {
	a.note("event %s %s %s %q", e.Namespace, e.Name, e.Args, e.Attachments)
	a.client.Acknowledge(e, e.Payload)
}

func (a *above) Disconnected(namespace string, reason Reason) {
	a.note("left %s: %s", namespace, reason)
}
func (a *above) Close(reason Reason) { a.note("close: %s", reason) }

// maxBytes is what the attachments of one packet may have together in these tests.
const maxBytes = 100

// begin is when every conversation of these tests begins.
func begin() time.Time { return time.Unix(1000, 0) }

func converse(version engineio.Version) (*Client, *above) {
	a := &above{}
	c := NewClient(version, maxBytes, a, begin().Add(45*time.Second))
	a.client = &c
	c.Open()
	return &c, a
}

// say passes on messages; those that begin with "b:" are binary.
func say(c *Client, messages ...string) {
	for _, m := range messages {
		data, binary := strings.CutPrefix(m, "b:")
		c.Message(engineio.Packet{Type: engineio.Message, Binary: binary, Data: []byte(data)})
	}
}

func TestConversation(t *testing.T) {
	const v3, v4 = engineio.V3, engineio.V4
	joined := []string{"connect / ", `send 40{"sid":"ID"}`}
	joined3 := []string{"connect / ", "send 40"}
	broken := []string{"close: parse error"}
	half := strings.Repeat("a", maxBytes/2)
	join := func(parts ...[]string) []string { return slices.Concat(parts...) }
	tests := []struct {
		name    string
		version engineio.Version
		say     []string
		want    []string
	}{
		{"protocol 4 joins nothing by itself", v4, nil, nil},
		{"protocol 3 joins the main namespace unasked", v3, nil, joined3},
		{"protocol 3 joins it once, also if asked", v3, []string{"0"}, joined3},
		{"connect", v4, []string{"0"}, joined},
		{"connect with auth", v4, []string{`0{"token":"<&>"}`}, []string{`connect / {"token":"<&>"}`, `send 40{"sid":"ID"}`}},
		{"connect with an id, which means nothing", v4, []string{"01"}, joined},
		{"connect to another namespace", v4, []string{"0/custom,"}, []string{"connect /custom ", `send 40/custom,{"sid":"ID"}`}},
		{"refusal", v4, []string{"0/no,"}, []string{"connect /no ", `send 44/no,{"message":"Invalid namespace"}`}},
		{"refusal of protocol 3 is a bare string", v3, []string{"0/no"}, join(joined3, []string{"connect /no ", `send 44/no,"Invalid namespace"`})},
		{"whoever was refused may ask again", v4, []string{"0/no,", "0/no,"}, []string{
			"connect /no ", `send 44/no,{"message":"Invalid namespace"}`,
			"connect /no ", `send 44/no,{"message":"Invalid namespace"}`,
		}},
		{"connect twice", v4, []string{"0", "0"}, join(joined, broken)},
		{"event before connect", v4, []string{`2["x"]`}, broken},
		{"event in a namespace that was refused", v4, []string{"0/no,", `2/no,["x"]`}, []string{"connect /no ", `send 44/no,{"message":"Invalid namespace"}`, "close: parse error"}},
		{"event in a namespace not asked for", v4, []string{"0", `2/custom,["x"]`}, join(joined, broken)},
		{"disconnect before connect", v4, []string{"1"}, broken},
		{"binary event before connect", v4, []string{`51-["x",{"_placeholder":true,"num":0}]`, "b:abc"}, broken},
		{"ack before connect", v4, []string{"31[]"}, broken},
		{"event", v4, []string{"0", `2["x"]`}, join(joined, []string{`event / x [] []`})},
		{"event with arguments as they came", v4, []string{"0", `2["x",{"a":"\ud800<&>"},12345678901234567890]`}, join(joined, []string{
			`event / x [{"a":"\ud800<&>"} 12345678901234567890] []`,
		})},
		{"event with an id is acknowledged", v4, []string{"0", `21["x",2]`}, join(joined, []string{"event / x [2] []", "send 431[2]"})},
		{"event with the id 0 is acknowledged too", v4, []string{"0", `20["x"]`}, join(joined, []string{"event / x [] []", "send 430[]"})},
		{"acknowledgement names the namespace", v4, []string{"0/custom,", `2/custom,7["x"]`}, []string{
			"connect /custom ", `send 40/custom,{"sid":"ID"}`, "event /custom x [] []", "send 43/custom,7[]",
		}},
		{"bare event is ignored", v4, []string{"0", "2"}, joined},
		{"event without a name", v4, []string{"0", "2[]"}, join(joined, broken)},
		{"event named null", v4, []string{"0", "2[null]"}, join(joined, broken)},
		{"event that is an object", v4, []string{"0", "2{}"}, join(joined, broken)},
		{"disconnect with data", v4, []string{"0", "1{}"}, join(joined, broken)},
		{"refusal by a client", v4, []string{"0", `4"no"`}, join(joined, broken)},
		{"unknown type", v4, []string{"0", "7"}, join(joined, broken)},
		{"empty message", v4, []string{"0", ""}, join(joined, broken)},
		{"invalid JSON", v4, []string{"0", `2["x",]`}, join(joined, broken)},
		{"endless depth", v4, []string{"0", `2["x",` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "]"}, join(joined, broken)},
		{"letters for an id", v4, []string{"0", `2abc["x"]`}, join(joined, broken)},
		{"id of more than 64 bits comes back as it is", v4, []string{"0", `218446744073709551616["x"]`}, join(joined, []string{"event / x [] []", "send 4318446744073709551616[]"})},
		{"id with zeros before it, too", v4, []string{"0", `2007["x"]`}, join(joined, []string{"event / x [] []", "send 43007[]"})},
		{"event that is a string", v4, []string{"0", `2"x"`}, join(joined, broken)},
		{"connect that is an array", v4, []string{"0[]"}, broken},
		{"connect that is a string", v4, []string{`0"token"`}, broken},
		{"connect of protocol 3 with auth", v3, []string{`0/custom,{"token":1}`}, join(joined3, broken)},
		{"connect of protocol 3 with a query", v3, []string{"0/custom?token=1,"}, join(joined3, []string{"connect /custom ", "send 40/custom,"})},
		{"acknowledgement that nobody asked for", v4, []string{"0", "31[]"}, joined},
		{"acknowledgement without an id", v4, []string{"0", "3[]"}, joined},
		{"acknowledgement that is an object", v4, []string{"0", "31{}"}, join(joined, broken)},
		{"binary acknowledgement that nobody asked for", v4, []string{"0", `61-1[{"_placeholder":true,"num":0}]`, "b:abc"}, joined},
		{"binary acknowledgement without attachments", v4, []string{"0", `60-1[]`}, join(joined, broken)},
		{"binary event with an id is acknowledged in binary", v4, []string{"0", `51-7["x",{"_placeholder":true,"num":0}]`, "b:abc"}, join(joined, []string{
			`event / x [{"_placeholder":true,"num":0}] ["abc"]`, `send 461-7[{"_placeholder":true,"num":0}] ["abc"]`,
		})},
		{"binary acknowledgement of protocol 3 has typed frames", v3, []string{`51-7["x",{"_placeholder":true,"num":0}]`, "b:abc"}, join(joined3, []string{
			`event / x [{"_placeholder":true,"num":0}] ["abc"]`, `send 461-7[{"_placeholder":true,"num":0}] ["\x04abc"]`,
		})},
		{"binary event in a namespace not asked for", v4, []string{"0", `52-/custom,["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`, "b:a", "b:b"}, join(joined, broken)},
		{"attachments by number", v4, []string{"0/custom,", `52-/custom,["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`, "b:a", "b:b"}, []string{
			"connect /custom ", `send 40/custom,{"sid":"ID"}`,
			`event /custom x [{"_placeholder":true,"num":1} {"_placeholder":true,"num":0}] ["a" "b"]`,
		}},
		{"binary event", v4, []string{"0", `51-["x",{"_placeholder":true,"num":0}]`, "b:abc"}, join(joined, []string{
			`event / x [{"_placeholder":true,"num":0}] ["abc"]`,
		})},
		{"binary event of protocol 3", v3, []string{`51-["x",{"_placeholder":true,"num":0}]`, "b:abc"}, join(joined3, []string{
			`event / x [{"_placeholder":true,"num":0}] ["abc"]`,
		})},
		{"text between attachments", v4, []string{"0", `51-["x",{"_placeholder":true,"num":0}]`, `2["y"]`}, join(joined, broken)},
		{"too many attachments", v4, []string{"0", `511-["x"]`}, join(joined, broken)},
		{"placeholder out of range", v4, []string{"0", `51-["x",{"_placeholder":true,"num":1}]`}, join(joined, broken)},
		{"placeholder twice", v4, []string{"0", `51-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`}, join(joined, broken)},
		{"placeholder missing", v4, []string{"0", `51-["x"]`}, join(joined, broken)},
		{"binary event without a number of attachments", v4, []string{"0", `5["x"]`}, join(joined, broken)},
		{"attachments as large as allowed", v4, []string{"0", `52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "b:" + half, "b:" + half}, join(joined, []string{
			`event / x [{"_placeholder":true,"num":0} {"_placeholder":true,"num":1}] ["` + half + `" "` + half + `"]`,
		})},
		{"attachments that are too large together", v4, []string{"0", `52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "b:" + half, "b:" + half + "x"}, join(joined, broken)},
		{"attachment that is too large alone", v4, []string{"0", `52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "b:" + half + half + "x"}, join(joined, broken)},
		{"binary message of its own", v4, []string{"0", "b:abc"}, join(joined, broken)},
		{"disconnect leaves the connection open", v4, []string{"0", "1"}, join(joined, []string{"left /: client namespace disconnect"})},
		{"event after disconnect", v4, []string{"0", "1", `2["x"]`}, join(joined, []string{"left /: client namespace disconnect"}, broken)},
		{"disconnect twice", v4, []string{"0", "1", "1"}, join(joined, []string{"left /: client namespace disconnect"}, broken)},
		{"back after disconnect", v4, []string{"0", "1", "0"}, join(joined, []string{"left /: client namespace disconnect"}, joined)},
		{"disconnect of one namespace leaves the other", v4, []string{"0", "0/custom,", "1", `2/custom,["x"]`}, join(joined, []string{
			"connect /custom ", `send 40/custom,{"sid":"ID"}`, "left /: client namespace disconnect", "event /custom x [] []",
		})},
	}
	for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
		tests = append(tests, struct {
			name    string
			version engineio.Version
			say     []string
			want    []string
		}{"reserved name " + name + "", v4, []string{"0", `2["` + name + `"]`}, join(joined, broken)})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, a := converse(test.version)
			say(c, test.say...)
			if diff := cmp.Diff(test.want, a.log); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Rule 14: whoever joins no namespace within the connect timeout is closed, and
// nobody else is.
func TestConnectTimeout(t *testing.T) {
	deadline := begin().Add(45 * time.Second)
	tests := []struct {
		name   string
		say    []string
		full   bool
		closes bool
	}{
		{"silence", nil, false, true},
		{"refused", []string{"0"}, true, true},
		{"joined", []string{"0"}, false, false},
		{"joined another namespace", []string{"0/custom,"}, false, false},
		{"joined and left: the transport stays open", []string{"0", "1"}, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, a := converse(engineio.V4)
			a.full = test.full
			say(c, test.say...)
			before := slices.Clone(a.log)
			c.Tick(deadline.Add(-1))
			if diff := cmp.Diff(before, a.log); diff != "" {
				t.Fatalf("something happened before the deadline (-want +got):\n%s", diff)
			}
			want := before
			if test.closes {
				want = append(want, "close: connect timeout")
			}
			if due := c.Due(); due.IsZero() == test.closes || test.closes && !due.Equal(deadline) {
				t.Errorf("due at %v, closes: %v", due, test.closes)
			}
			c.Tick(deadline)
			if diff := cmp.Diff(want, a.log); diff != "" {
				t.Errorf("at the deadline (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLeaveEndsEveryNamespaceOnce(t *testing.T) {
	c, a := converse(engineio.V4)
	say(c, "0", "0/custom,")
	a.log = nil
	c.Leave(TransportClose)
	c.Leave(PingTimeout)
	if diff := cmp.Diff([]string{"left /: transport close", "left /custom: transport close"}, a.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An application that answers later must not be asked a second time meanwhile.
func TestConnectWhileAnAnswerIsPending(t *testing.T) {
	a := &pending{}
	c := NewClient(engineio.V4, maxBytes, a, begin())
	say(&c, "0", "0")
	c.Leave(ParseError)
	if diff := cmp.Diff(pending{asked: []string{"/"}, left: []string{"/"}, closed: []Reason{ParseError}}, *a, cmp.AllowUnexported(pending{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// pending is an application that does not answer.
type pending struct {
	asked  []string
	left   []string
	closed []Reason
}

func (p *pending) Send([]byte, ...[]byte)               {}
func (p *pending) Connect(ns string, _ json.RawMessage) { p.asked = append(p.asked, ns) }
func (p *pending) Event(Event)                          { panic("an event before CONNECT was accepted") }
func (p *pending) Disconnected(ns string, _ Reason)     { p.left = append(p.left, ns) }
func (p *pending) Close(r Reason)                       { p.closed = append(p.closed, r) }

// What a client says is an error of the parser or an event, and reserved names
// are errors: the session relies on the decoder for that.
func TestEventNamesThatReachTheApplicationAreNotReserved(t *testing.T) {
	d := socketio.Decoder{From: socketio.Client}
	if _, _, err := d.Text([]byte(`2["disconnect"]`)); !errors.Is(err, socketio.ReservedName) {
		t.Errorf("error = %v", err)
	}
}
