package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// reporter is a *testing.T or a *rapid.T.
type reporter interface {
	Helper()
	Errorf(string, ...any)
}

// driver is a socket: an engine with a conversation on top, which it drives as
// their contract asks, and it checks all that they do. Its application lets
// clients into namespaces with short names, and acknowledges what wants it.
type driver struct {
	reporter
	engine Engine
	client Client
	now    time.Time
	peer   socketio.Decoder // reads what the client is sent

	asked   map[string]int // CONNECTs that were passed up, by namespace
	inside  map[string]bool
	answers []int // for each question to the client, how many answers came
	closed  Reason
	left    bool
	pings   int // that were sent and not answered
}

func newDriver(t reporter, version engineio.Version) *driver {
	d := &driver{reporter: t, now: begin(), asked: map[string]int{}, inside: map[string]bool{}}
	d.engine = NewEngine(version, seeds(), driverLower{d}, d.now)
	d.client = NewClient(version, maxBytes, driverUpper{d}, d.now.Add(45*time.Second))
	d.peer = socketio.Decoder{Version: d.client.version, From: socketio.Server}
	d.client.Open()
	return d
}

func (d *driver) receive(frame []byte, binary bool) {
	if d.closed != "" {
		return
	}
	if !binary && bytes.HasPrefix(frame, []byte("3")) {
		d.pings = 0
	}
	d.engine.Receive(frame, binary, d.now)
}

// sleep lets time pass, with a tick whenever one is due.
func (d *driver) sleep(duration time.Duration) {
	end := d.now.Add(duration)
	for d.closed == "" {
		due := earlier(d.engine.Due(), d.client.Due())
		if due.After(end) {
			break
		}
		if due.Before(d.now) {
			d.Errorf("due %v ago", d.now.Sub(due))
			return
		}
		d.now = due
		d.engine.Tick(d.now)
		d.client.Tick(d.now)
	}
	d.now = end
}

// ask asks the client a question, and checks that the answer is one.
func (d *driver) ask(namespace string, p Payload, patience time.Duration) {
	question := len(d.answers)
	d.answers = append(d.answers, 0)
	deadline, inside := d.now.Add(patience), d.inside[namespace]
	if patience == 0 {
		deadline = time.Time{}
	}
	d.client.EmitAck(namespace, "question", p, deadline, func(answer Payload, err error) {
		d.answers[question]++
		d.checkPayload(answer)
		switch {
		case errors.Is(err, TimedOut) && (deadline.IsZero() || d.now.Before(deadline)):
			d.Errorf("question %d timed out at %v, but had time until %v", question, d.now, deadline)
		case err == nil && !d.inside[namespace]:
			d.Errorf("question %d was answered in %q, which was not joined", question, namespace)
		case err != nil && (answer.Args != nil || answer.Attachments != nil):
			d.Errorf("question %d has the answer %q with %v", question, answer.Args, err)
		}
	})
	if !inside && d.answers[question] != 1 {
		d.Errorf("question %d in %q, which was not joined, has %d answers", question, namespace, d.answers[question])
	}
}

// leave ends the conversation, after which nothing may be open.
func (d *driver) leave() {
	d.left = true
	d.client.Leave(d.closed)
	for namespace, in := range d.inside {
		if in {
			d.Errorf("still in %s after the end", namespace)
		}
	}
	for question, answers := range d.answers {
		if answers != 1 {
			d.Errorf("question %d has %d answers", question, answers)
		}
	}
	if q := d.client.questions; q != nil && q.open != nil {
		d.Errorf("the client holds on to questions: %d", len(q.open))
	}
}

type driverLower struct{ *driver }

func (d driverLower) Send(data []byte, binary bool) {
	if binary {
		d.Errorf("binary frame %q of the engine", data)
	}
	d.sent(data)
}
func (d driverLower) Close(r Reason) { d.close(r) }
func (d driverLower) Message(p engineio.Packet) {
	if d.closed != "" {
		d.Errorf("message %q after the end: %s", p.Data, d.closed)
	}
	d.client.Message(p)
}

type driverUpper struct{ *driver }

func (d driverUpper) Close(r Reason) { d.close(r) }

func (d driverUpper) Send(text []byte, attachments ...[]byte) {
	d.sent(text)
	v := d.engine.Version()
	p, err := v.DecodeText(text)
	if err != nil || p.Type != engineio.Message {
		d.Errorf("sent %q, which is no message: %v", text, err)
		return
	}
	packet, whole, err := d.peer.Text(p.Data)
	for _, frame := range attachments {
		if whole || err != nil {
			break
		}
		var attachment engineio.Packet
		if attachment, err = v.DecodeBinary(frame); err == nil {
			packet, whole, err = d.peer.Binary(attachment.Data)
		}
	}
	if !whole || err != nil || len(packet.Attachments) != len(attachments) {
		d.Errorf("sent %q with %q, which a client cannot read: %v, %v", text, attachments, whole, err)
	}
	if !d.inside[packet.Namespace] && packet.Type != socketio.ConnectError && packet.Type != socketio.Disconnect {
		d.Errorf("sent %q in a namespace that was not joined", text)
	}
}

func (d driverUpper) Connect(namespace string, auth json.RawMessage) {
	if auth != nil && !json.Valid(auth) {
		d.Errorf("auth is no JSON: %q", auth)
	}
	if d.inside[namespace] {
		d.Errorf("asked for %q, which was joined", namespace)
	}
	d.asked[namespace]++
	if len(namespace) > 5 {
		d.client.Refuse(namespace, "too long", nil)
		return
	}
	d.inside[namespace] = true
	if !d.client.Accept(namespace, "ID") {
		d.Errorf("%q was asked for, but not wanted", namespace)
	}
}

func (d driverUpper) Event(e Event) {
	if !d.inside[e.Namespace] || d.left {
		d.Errorf("event %q in %q, which was not joined", e.Name, e.Namespace)
	}
	d.checkPayload(e.Payload)
	d.client.Acknowledge(e, e.Payload)
}

func (d driverUpper) Disconnected(namespace string, _ Reason) {
	if !d.inside[namespace] {
		d.Errorf("left %q, which was not joined", namespace)
	}
	d.inside[namespace] = false
	d.ask(namespace, Payload{}, 0) // is answered at once
}

// checkPayload says what is true of all that comes from a client.
func (d *driver) checkPayload(p Payload) {
	for _, arg := range p.Args {
		if !json.Valid(arg) {
			d.Errorf("argument is no JSON: %q", arg)
		}
	}
	size := 0
	for i, attachment := range p.Attachments {
		size += len(attachment)
		if args := bytes.Join(rawBytes(p.Args), nil); !bytes.Contains(args, fmt.Appendf(nil, "%d", i)) {
			d.Errorf("no placeholder stands for attachment %d: %q", i, p.Args)
		}
	}
	if len(p.Attachments) > socketio.DefaultMaxAttachments || size > maxBytes {
		d.Errorf("%d attachments of %d bytes", len(p.Attachments), size)
	}
}

func rawBytes(args []json.RawMessage) [][]byte {
	raw := make([][]byte, len(args))
	for i, arg := range args {
		raw[i] = arg
	}
	return raw
}

func (d *driver) close(reason Reason) {
	if reason == "" {
		d.Errorf("closed without a reason")
	}
	if d.closed == "" {
		d.closed = reason
	}
}

// sent says what is true of each text frame to the client.
func (d *driver) sent(frame []byte) {
	switch {
	case d.closed != "":
		d.Errorf("sent %q after the end: %s", frame, d.closed)
	case d.engine.Version() == engineio.V3 && string(frame) == "2":
		d.Errorf("the server pinged a client of protocol 3")
	case d.engine.Version() == engineio.V4 && bytes.HasPrefix(frame, []byte("3")):
		d.Errorf("the server sent a pong to a client of protocol 4")
	}
	if string(frame) == "2" {
		d.pings++
		if d.pings > 1 {
			d.Errorf("a ping while one is under way")
		}
	}
}
