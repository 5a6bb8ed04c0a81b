package session

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos/engineio"
)

// driver is a socket: an engine with a conversation on top, which it drives as
// their contract asks, and it checks all that they do.
type driver struct {
	t interface {
		Helper()
		Errorf(string, ...any)
	}
	engine Engine
	client Client
	now    time.Time

	asked  map[string]int // CONNECTs that were passed up, by namespace
	inside map[string]bool
	closed Reason
	left   bool
	pings  int // that were sent and not answered
}

func newDriver(t interface {
	Helper()
	Errorf(string, ...any)
}, version engineio.Version) *driver {
	d := &driver{t: t, now: begin(), asked: map[string]int{}, inside: map[string]bool{}}
	d.engine = NewEngine(version, seeds(), driverLower{d}, d.now)
	d.client = NewClient(version, driverUpper{d}, d.now.Add(45*time.Second))
	d.client.Open()
	return d
}

func (d *driver) receive(frame []byte, binary bool) {
	if d.closed == "" {
		d.engine.Receive(frame, binary, d.now)
	}
}

// sleep lets time pass, with a tick whenever one is due.
func (d *driver) sleep(duration time.Duration) {
	end := d.now.Add(duration)
	for d.closed == "" {
		due := d.engine.Due()
		if c := d.client.Due(); !c.IsZero() && c.Before(due) {
			due = c
		}
		if due.After(end) {
			break
		}
		if due.Before(d.now) {
			d.t.Errorf("due %v ago", d.now.Sub(due))
			return
		}
		d.now = due
		d.engine.Tick(d.now)
		d.client.Tick(d.now)
	}
	d.now = end
}

func (d *driver) leave() {
	d.left = true
	d.client.Leave(d.closed)
	for namespace, in := range d.inside {
		if in {
			d.t.Errorf("still in %s after the end", namespace)
		}
	}
}

type driverLower struct{ *driver }

func (d driverLower) Send(data []byte, binary bool) { d.send(data, binary) }
func (d driverLower) Close(r Reason)                { d.close(r) }
func (d driverLower) Message(p engineio.Packet) {
	if d.closed != "" {
		d.t.Errorf("message %q after the end: %s", p.Data, d.closed)
	}
	d.client.Message(p)
}

type driverUpper struct{ *driver }

func (d driverUpper) Send(data []byte, binary bool) { d.send(data, binary) }
func (d driverUpper) Close(r Reason)                { d.close(r) }

func (d driverUpper) Connect(namespace string, auth json.RawMessage) {
	if auth != nil && !json.Valid(auth) {
		d.t.Errorf("auth is no JSON: %q", auth)
	}
	if d.inside[namespace] {
		d.t.Errorf("asked for %q, which was joined", namespace)
	}
	d.asked[namespace]++
	if len(namespace) > 5 {
		d.client.Refuse(namespace, "too long")
		return
	}
	d.inside[namespace] = true
	d.client.Accept(namespace, "ID")
}

func (d driverUpper) Event(e Event) {
	if !d.inside[e.Namespace] || d.left {
		d.t.Errorf("event %q in %q, which was not joined", e.Name, e.Namespace)
	}
	for _, arg := range e.Args {
		if !json.Valid(arg) {
			d.t.Errorf("argument is no JSON: %q", arg)
		}
	}
	if len(e.Attachments) > 10 {
		d.t.Errorf("%d attachments", len(e.Attachments))
	}
	d.client.Acknowledge(e, e.Args...)
}

func (d driverUpper) Disconnected(namespace string, _ Reason) {
	if !d.inside[namespace] {
		d.t.Errorf("left %q, which was not joined", namespace)
	}
	d.inside[namespace] = false
}

func (d *driver) close(reason Reason) {
	if reason == "" {
		d.t.Errorf("closed without a reason")
	}
	if d.closed == "" {
		d.closed = reason
	}
}

func (d *driver) send(data []byte, binary bool) {
	switch {
	case binary:
		d.t.Errorf("binary frame %q", data)
	case d.closed != "":
		d.t.Errorf("sent %q after the end: %s", data, d.closed)
	case d.engine.Version() == engineio.V3 && string(data) == "2":
		d.t.Errorf("the server pinged a client of protocol 3")
	case d.engine.Version() == engineio.V4 && strings.HasPrefix(string(data), "3"):
		d.t.Errorf("the server sent a pong to a client of protocol 4")
	}
	if string(data) == "2" {
		d.pings++
		if d.pings > 1 {
			d.t.Errorf("a ping while one is under way")
		}
	}
}

// packets are what a client may say, right and wrong.
func packets() *rapid.Generator[string] {
	namespace := rapid.SampledFrom([]string{"", "/a,", "/too-long,", "/a", "/,"})
	id := rapid.SampledFrom([]string{"", "0", "17", "99999999999999999999999"})
	data := rapid.SampledFrom([]string{
		"", `["x"]`, `["x",{"a":1}]`, `[]`, `[null]`, `{}`, `"x"`, `["disconnect"]`, `["x",{"_placeholder":true,"num":0}]`, `[`, `{"token":1}`,
	})
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.SampledFrom([]string{"0", "0", "1", "2", "2", "3", "4", "51-", "61-", "511-", "5", "7", ""}).Draw(t, "type")
		return kind + namespace.Draw(t, "namespace") + id.Draw(t, "id") + data.Draw(t, "data")
	})
}

// Whatever the client says and whenever: nothing reaches the application from
// outside a namespace, nothing is said after the end, every CONNECT has one
// answer, and the heartbeat keeps its times.
func TestSessionKeepsTheProtocol(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom([]engineio.Version{engineio.V3, engineio.V4}).Draw(t, "version")
		d := newDriver(t, version)
		heard := d.now // the last frame of the client
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			answers := map[string]int{}
			for ns := range d.asked {
				answers[ns] = d.asked[ns]
			}
			switch step := rapid.IntRange(0, 9).Draw(t, "step"); {
			case step < 5:
				d.receive([]byte("4"+packets().Draw(t, "packet")), false)
				heard = d.now
			case step == 5:
				d.receive(rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes"), true)
				heard = d.now
			case step == 6:
				frame := rapid.SampledFrom([]string{"2", "3", "6", "5", "2probe", "", "x"}).Draw(t, "frame")
				d.receive([]byte(frame), false)
				heard = d.now
				if frame == "3" {
					d.pings = 0
				}
			default:
				d.sleep(time.Duration(rapid.IntRange(0, 45000).Draw(t, "milliseconds")) * time.Millisecond)
			}
			for ns := range d.asked {
				if d.asked[ns] > answers[ns]+1 {
					t.Fatalf("one frame asked for %q %d times", ns, d.asked[ns]-answers[ns])
				}
			}
			if silence := d.now.Sub(heard); d.closed == "" && silence > seeds().Interval+seeds().Timeout {
				t.Fatalf("a client of protocol %d lives on after %v of silence", version, silence)
			}
			if d.closed != "" {
				break
			}
		}
		d.leave()
	})
}

func FuzzSession(f *testing.F) {
	for _, seed := range [][]string{
		{"40", `42["identity-change",{"id_user":1}]`, "3", "41"},
		{"40", `451-["x",{"_placeholder":true,"num":0}]`, "\x00abc"},
		{"2", `420["x"]`, "40/a,", "1"},
		{"b4", "bAAE=", "4"},
	} {
		f.Add(true, []byte(strings.Join(seed, "\x1e")))
		f.Add(false, []byte(strings.Join(seed, "\x1e")))
	}
	f.Fuzz(func(t *testing.T, modern bool, stream []byte) {
		version := engineio.V3
		if modern {
			version = engineio.V4
		}
		d := newDriver(t, version)
		for i, frame := range slices.Collect(splitFrames(stream)) {
			data, binary := strings.CutPrefix(frame, "\x00")
			if i%7 == 6 {
				d.sleep(9 * time.Second)
			}
			if data == "3" {
				d.pings = 0
			}
			d.receive([]byte(data), binary)
		}
		d.leave()
	})
}

// splitFrames cuts the input of a fuzz test into frames.
func splitFrames(stream []byte) func(func(string) bool) {
	return strings.SplitSeq(string(stream), "\x1e")
}
