package session

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// text returns a payload without attachments.
func text(args ...string) Payload {
	var p Payload
	for _, arg := range args {
		p.Args = append(p.Args, json.RawMessage(arg))
	}
	return p
}

// with returns p with attachments, for which it has placeholders behind its args.
func with(p Payload, attachments ...string) Payload {
	for i, data := range attachments {
		p.Args = append(p.Args, socketio.Placeholder(i))
		p.Attachments = append(p.Attachments, []byte(data))
	}
	return p
}

func TestApplicationSpeaks(t *testing.T) {
	const v3, v4 = engineio.V3, engineio.V4
	emit := func(namespace string, p Payload) func(*Client) {
		return func(c *Client) { c.Emit(namespace, "x", p) }
	}
	ask := func(namespace string, p Payload) func(*Client) {
		return func(c *Client) { c.EmitAck(namespace, "x", p, time.Time{}, func(Payload, error) {}) }
	}
	const one = `{"_placeholder":true,"num":0}`
	tests := []struct {
		name    string
		version engineio.Version
		join    string
		speak   func(*Client)
		want    []string
	}{
		{"event", v4, "0", emit("/", text()), []string{`send 42["x"]`}},
		{"event with arguments as they are", v4, "0", emit("/", text(`"\ud800<&>"`, `12345678901234567890`)), []string{`send 42["x","\ud800<&>",12345678901234567890]`}},
		{"nil is null", v4, "0", emit("/", Payload{Args: []json.RawMessage{nil}}), []string{`send 42["x",null]`}},
		{"event of protocol 3", v3, "", emit("/", text("1")), []string{`send 42["x",1]`}},
		{"event of a namespace", v4, "0/custom,", emit("/custom", text()), []string{`send 42/custom,["x"]`}},
		{"event of a namespace that was not joined", v4, "0", emit("/custom", text()), nil},
		{"event for whoever was refused", v4, "0/no,", emit("/no", text()), nil},
		{"attachments", v4, "0", emit("/", with(text("1"), "a", "")), []string{`send 452-["x",1,` + one + `,{"_placeholder":true,"num":1}] ["a" ""]`}},
		{"attachments of protocol 3 begin with their type", v3, "", emit("/", with(text(), "a", "")), []string{`send 452-["x",` + one + `,{"_placeholder":true,"num":1}] ["\x04a" "\x04"]`}},
		{"question", v4, "0", ask("/", text("1")), []string{`send 420["x",1]`}},
		{"question of protocol 3", v3, "", ask("/", text("1")), []string{`send 420["x",1]`}},
		{"question with an attachment", v4, "0/custom,", ask("/custom", with(text(), "a")), []string{`send 451-/custom,0["x",` + one + `] ["a"]`}},
		{"question of protocol 3 with an attachment", v3, "", ask("/", with(text(), "a")), []string{`send 451-0["x",` + one + `] ["\x04a"]`}},
		{"question in a namespace that was not joined", v4, "0", ask("/custom", text()), nil},
		{"relayed event without the sender's id", v4, "0", func(c *Client) {
			e := Event{Namespace: "/", Name: "x", Payload: with(text("1"), "a"), ID: socketio.IDOf(7)}
			c.Emit(e.Namespace, e.Name, e.Payload)
		}, []string{`send 451-["x",1,` + one + `] ["a"]`}},
		{"farewell", v4, "0", func(c *Client) { c.Disconnect("/") }, []string{"send 41", "left /: server namespace disconnect"}},
		{"farewell of protocol 3", v3, "", func(c *Client) { c.Disconnect("/") }, []string{"send 41", "left /: server namespace disconnect"}},
		{"farewell from a namespace", v4, "0/custom,", func(c *Client) { c.Disconnect("/custom") }, []string{"send 41/custom,", "left /custom: server namespace disconnect"}},
		{"farewell is said once", v4, "0", func(c *Client) { c.Disconnect("/"); c.Disconnect("/") }, []string{"send 41", "left /: server namespace disconnect"}},
		{"farewell from where the client is not", v4, "0", func(c *Client) { c.Disconnect("/custom") }, nil},
		{"nothing follows the farewell", v4, "0", func(c *Client) {
			c.Disconnect("/")
			c.Emit("/", "x", text())
			c.Acknowledge(Event{Namespace: "/", ID: socketio.IDOf(0)}, text())
		}, []string{"send 41", "left /: server namespace disconnect"}},
		{"nothing follows the end", v4, "0", func(c *Client) {
			c.Leave(TransportClose)
			c.Emit("/", "x", text())
			c.Disconnect("/")
			c.Accept("/", "ID")
			c.Refuse("/", "no", nil)
		}, []string{"left /: transport close"}},
		{"acknowledgement of what wants none", v4, "0", func(c *Client) { c.Acknowledge(Event{Namespace: "/"}, text("1")) }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, a := converse(test.version)
			if test.join != "" {
				say(c, test.join)
			}
			a.log = nil
			test.speak(c)
			if diff := cmp.Diff(test.want, a.log); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What the client said before it heard that it was sent away must not cost it its
// connection, where it may be in other namespaces.
func TestWordsThatCrossAFarewellAreIgnored(t *testing.T) {
	c, a := converse(engineio.V4)
	say(c, "0", "0/custom,", `51-/custom,["x",{"_placeholder":true,"num":0}]`)
	c.Disconnect("/custom")
	a.log = nil
	say(c, "b:abc", `2/custom,1["x"]`, "3/custom,1[]", "1/custom,", "1/custom,", `2["x"]`)
	if diff := cmp.Diff([]string{"event / x [] []"}, a.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a.log = nil
	say(c, "0/custom,", `2/custom,["x"]`, "1/custom,", `2/custom,["x"]`)
	want := []string{
		"connect /custom ", `send 40/custom,{"sid":"ID"}`, "event /custom x [] []",
		"left /custom: client namespace disconnect", "close: parse error",
	}
	if diff := cmp.Diff(want, a.log); diff != "" {
		t.Errorf("back in the namespace (-want +got):\n%s", diff)
	}
}

func TestAcceptAndRefuseAnswerOnce(t *testing.T) {
	a := &pending{}
	c := NewClient(engineio.V4, maxBytes, a, begin())
	if c.Accept("/", "ID") {
		t.Error("a client was let in that had not asked")
	}
	say(&c, "0")
	if !c.Accept("/", "ID") || c.Accept("/", "ID") {
		t.Error("a client is let in once for each time that it asks")
	}
	if c.Refuse("/", "no", nil); c.namespaces.of("/") != inside {
		t.Error("a client was refused that had been let in")
	}
}

func TestUnansweredIsUnavailableToTheRestOfTheProgram(t *testing.T) {
	for _, err := range []error{TimedOut, Gone} {
		if problem.CodeOf(err) != problem.Unavailable || problem.MessageOf(err) != err.Error() {
			t.Errorf("%v: %s, %s", err, problem.CodeOf(err), problem.MessageOf(err))
		}
	}
}
