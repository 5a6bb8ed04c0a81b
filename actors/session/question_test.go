package session

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/engineio"
)

// asker asks a client, and notes its answers between what else happens.
type asker struct {
	*Client
	*above
}

func newAsker(version engineio.Version, said ...string) asker {
	c, a := converse(version)
	say(c, said...)
	a.log = nil
	return asker{c, a}
}

// asks asks a question that is named after its id.
func (a asker) asks(namespace string, id int, deadline time.Time) {
	a.EmitAck(namespace, fmt.Sprintf("q%d", id), Payload{}, deadline, func(answer Payload, err error) {
		if err != nil {
			a.note("q%d: %v", id, err)
			return
		}
		a.note("q%d: %s %q", id, answer.Args, answer.Attachments)
	})
}

func TestClientAnswers(t *testing.T) {
	const v3, v4 = engineio.V3, engineio.V4
	both := []string{"0", "0/custom,"}
	tests := []struct {
		name    string
		version engineio.Version
		say     []string
		want    []string
	}{
		{"nothing", v4, nil, nil},
		{"with arguments as they came", v4, []string{`30["\ud800<&>",1e999]`}, []string{`q0: ["\ud800<&>" 1e999] []`}},
		{"without arguments", v4, []string{"30[]"}, []string{"q0: [] []"}},
		{"without an array", v4, []string{"30"}, []string{"q0: [] []"}},
		{"in protocol 3", v3, []string{"30[1]"}, []string{"q0: [1] []"}},
		{"with an attachment", v4, []string{`61-0[{"_placeholder":true,"num":0}]`, "b:abc"}, []string{`q0: [{"_placeholder":true,"num":0}] ["abc"]`}},
		{"with an attachment, in protocol 3", v3, []string{`61-0[{"_placeholder":true,"num":0}]`, "b:abc"}, []string{`q0: [{"_placeholder":true,"num":0}] ["abc"]`}},
		{"in another order", v4, []string{"31[1]", "30[0]"}, []string{"q1: [1] []", "q0: [0] []"}},
		{"twice: the second is ignored", v4, []string{"30[1]", "30[2]"}, []string{"q0: [1] []"}},
		{"what was not asked: ignored", v4, []string{"39[1]"}, nil},
		{"an id of more than 64 bits: ignored", v4, []string{"318446744073709551616[1]"}, nil},
		{"without an id: ignored", v4, []string{"3[1]"}, nil},
		{"what was asked in another namespace: ignored", v4, []string{"3/custom,0[1]", "32[1]"}, nil},
		{"in a namespace", v4, []string{"3/custom,2[1]"}, []string{"q2: [1] []"}},
		{"with an object", v4, []string{"30{}"}, []string{"close: parse error"}},
		{"with invalid JSON", v4, []string{"30[1"}, []string{"close: parse error"}},
		{"and is gone from the namespace: the others are not", v4, []string{"1", "3/custom,2[1]"}, []string{
			"q0: " + string(Gone), "q1: " + string(Gone), "left /: client namespace disconnect", "q2: [1] []",
		}},
		{"after it has left the namespace and is back: ignored", v4, []string{"1", "0", "30[1]"}, []string{
			"q0: " + string(Gone), "q1: " + string(Gone), "left /: client namespace disconnect", "connect / ", `send 40{"sid":"ID"}`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := newAsker(test.version, both...)
			a.asks("/", 0, time.Time{})
			a.asks("/", 1, time.Time{})
			a.asks("/custom", 2, time.Time{})
			a.log = nil
			say(a.Client, test.say...)
			if diff := cmp.Diff(test.want, a.log); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEndAnswersEveryQuestionOnce(t *testing.T) {
	ends := map[string]struct {
		end  func(*Client)
		want []string
	}{
		"connection": {func(c *Client) { c.Leave(PingTimeout); c.Leave(PingTimeout) }, []string{
			"q0: " + string(Gone), "q2: " + string(Gone), "left /: ping timeout", "q1: " + string(Gone), "left /custom: ping timeout",
		}},
		"namespace": {func(c *Client) { c.Disconnect("/custom") }, []string{
			"send 41/custom,", "q1: " + string(Gone), "left /custom: server namespace disconnect",
		}},
	}
	for name, test := range ends {
		t.Run(name, func(t *testing.T) {
			a := newAsker(engineio.V4, "0", "0/custom,")
			for id, namespace := range []string{"/", "/custom", "/"} {
				a.asks(namespace, id, begin().Add(time.Second))
			}
			a.log = nil
			test.end(a.Client)
			if diff := cmp.Diff(test.want, a.log); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			a.log = nil
			a.asks("/custom", 3, time.Time{})
			if diff := cmp.Diff([]string{"q3: " + string(Gone)}, a.log); diff != "" {
				t.Errorf("asked after the end (-want +got):\n%s", diff)
			}
		})
	}
}

// A driver that does nothing but wait for Due and then Tick gives up each question
// at its deadline, in the order of the deadlines; those without one it does not.
func TestQuestionsTimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsker(engineio.V4, "0")
		start := time.Now()
		for id, patience := range []time.Duration{3 * time.Second, time.Second, 2 * time.Second, 2 * time.Second} {
			a.asks("/", id, start.Add(patience))
		}
		a.asks("/", 4, time.Time{})
		say(a.Client, `31["in time"]`) // it was due first
		a.log = nil
		for !a.Due().IsZero() {
			<-time.After(time.Until(a.Due()))
			a.Tick(time.Now())
			a.note("%v", time.Since(start))
		}
		late := string(TimedOut)
		want := []string{"1s", "q2: " + late, "q3: " + late, "2s", "q0: " + late, "3s"}
		if diff := cmp.Diff(want, a.log); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		a.log = nil
		say(a.Client, `30["too late"]`, `34["without hurry"]`)
		if diff := cmp.Diff([]string{`q4: ["without hurry"] []`}, a.log); diff != "" {
			t.Errorf("late answers (-want +got):\n%s", diff)
		}
	})
}

func TestLateAnswerMeetsNoLaterQuestion(t *testing.T) {
	a := newAsker(engineio.V4, "0")
	a.asks("/", 0, begin())
	a.Tick(begin())
	a.asks("/", 1, time.Time{})
	a.log = nil
	say(a.Client, `30["late"]`)
	if len(a.log) > 0 {
		t.Errorf("%q", a.log)
	}
}

// Whoever is told that there is no answer may ask again at once.
func TestAskAgainInTheReply(t *testing.T) {
	a := newAsker(engineio.V4, "0")
	asked := 0
	var again func(Payload, error)
	again = func(_ Payload, err error) {
		a.note("%v", err)
		if asked++; asked < 4 {
			a.EmitAck("/", "x", Payload{}, begin().Add(time.Duration(asked)), again)
		}
	}
	a.EmitAck("/", "x", Payload{}, begin(), again)
	a.Tick(begin())
	a.Tick(begin().Add(1))
	a.Leave(TransportClose)
	want := []string{
		`send 420["x"]`, string(TimedOut), `send 421["x"]`, string(TimedOut), `send 422["x"]`,
		string(Gone), string(Gone), "left /: transport close",
	}
	if diff := cmp.Diff(want, a.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The connect timeout and the questions share Due and Tick.
func TestConnectTimeoutBesideQuestions(t *testing.T) {
	c, _ := converse(engineio.V4)
	connect := c.Due()
	c.questions = new(questions)
	for _, deadline := range []time.Time{{}, connect.Add(1), connect.Add(-1)} {
		c.questions.ask("/", deadline, nil)
		want := connect
		if !deadline.IsZero() && deadline.Before(connect) {
			want = deadline
		}
		if due := c.Due(); !due.Equal(want) {
			t.Errorf("with the deadline %v due at %v, want %v", deadline, due, want)
		}
	}
}
