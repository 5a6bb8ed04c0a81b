package session

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/engineio"
)

// below records what an engine does.
type below struct {
	sent   []string
	upward []engineio.Packet
	closed []Reason
}

func (b *below) Send(data []byte, binary bool) {
	if binary {
		panic("an engine sends no binary frames of its own")
	}
	b.sent = append(b.sent, string(data))
}
func (b *below) Message(p engineio.Packet) { b.upward = append(b.upward, p) }
func (b *below) Close(reason Reason)       { b.closed = append(b.closed, reason) }

// seeds are the heartbeat of the seed.
func seeds() Heartbeat { return Heartbeat{Interval: 10 * time.Second, Timeout: 30 * time.Second} }

func TestEngineTakesOneFrame(t *testing.T) {
	const v3, v4 = engineio.V3, engineio.V4
	message := func(text string) []engineio.Packet {
		return []engineio.Packet{{Type: engineio.Message, Data: []byte(text)}}
	}
	binary := func(bytes string) []engineio.Packet {
		return []engineio.Packet{{Type: engineio.Message, Binary: true, Data: []byte(bytes)}}
	}
	tests := []struct {
		name    string
		version engineio.Version
		frame   string
		binary  bool
		sent    []string
		upward  []engineio.Packet
		closed  []Reason
	}{
		{"message", v4, `42["x"]`, false, nil, message(`2["x"]`), nil},
		{"message of protocol 3", v3, `42["x"]`, false, nil, message(`2["x"]`), nil},
		{"empty message", v4, `4`, false, nil, message(""), nil},
		{"binary message", v4, "\x00\x01", true, nil, binary("\x00\x01"), nil},
		{"binary message of protocol 3", v3, "\x04\x00\x01", true, nil, binary("\x00\x01"), nil},
		{"binary of protocol 3 without its type", v3, "\x00\x01", true, nil, nil, []Reason{ParseError}},
		{"base64 message", v4, "bAAE=", false, nil, binary("\x00\x01"), nil},
		{"base64 message of protocol 3", v3, "b4AAE=", false, nil, binary("\x00\x01"), nil},
		{"ping of a client of protocol 3", v3, "2", false, []string{"3"}, nil, nil},
		{"ping with data", v3, "2probe", false, []string{"3probe"}, nil, nil},
		{"ping of a client of protocol 4", v4, "2", false, nil, nil, []Reason{ParseError}},
		{"probe of protocol 4 outside of an upgrade", v4, "2probe", false, nil, nil, []Reason{ParseError}},
		{"pong of a client of protocol 3", v3, "3", false, nil, nil, []Reason{ParseError}},
		{"pong that nobody asked for", v4, "3", false, nil, nil, nil},
		{"close", v4, "1", false, nil, nil, []Reason{TransportClose}},
		{"close of protocol 3", v3, "1", false, nil, nil, []Reason{TransportClose}},
		{"upgrade", v4, "5", false, nil, nil, nil},
		{"noop", v4, "6", false, nil, nil, nil},
		{"open", v4, "0{}", false, nil, nil, nil},
		{"empty frame", v4, "", false, nil, nil, []Reason{ParseError}},
		{"unknown type", v4, "7", false, nil, nil, []Reason{ParseError}},
		{"letter", v4, "x", false, nil, nil, []Reason{ParseError}},
		{"not UTF-8", v4, "4\xff", false, nil, nil, []Reason{ParseError}},
		{"bad base64", v4, "b!", false, nil, nil, []Reason{ParseError}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b below
			now := time.Unix(1000, 0)
			e := NewEngine(test.version, seeds(), &b, now)
			e.Receive([]byte(test.frame), test.binary, now)
			if diff := cmp.Diff(below{test.sent, test.upward, test.closed}, b, cmp.AllowUnexported(below{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Protocol 4, §Heartbeat: the server pings after an interval; the pong must come
// within the timeout, and starts the next interval.
func TestServerPingsProtocol4(t *testing.T) {
	var b below
	start := time.Unix(1000, 0)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	due := func(e *Engine, seconds float64) {
		t.Helper()
		if want := at(seconds); !e.Due().Equal(want) {
			t.Errorf("due after %v, want %v", e.Due().Sub(start), want.Sub(start))
		}
	}
	e := NewEngine(engineio.V4, seeds(), &b, start)

	due(&e, 10)
	e.Tick(at(9.999))
	if len(b.sent) != 0 {
		t.Fatalf("pinged early: %q", b.sent)
	}
	e.Tick(at(10))
	if diff := cmp.Diff([]string{"2"}, b.sent); diff != "" {
		t.Fatalf("ping (-want +got):\n%s", diff)
	}
	due(&e, 40)
	e.Receive([]byte("4x"), false, at(39)) // a message is no answer
	due(&e, 40)
	e.Receive([]byte("3"), false, at(39.999))
	due(&e, 49.999)
	e.Tick(at(40))
	if len(b.closed) != 0 {
		t.Fatalf("closed although the client answered: %q", b.closed)
	}
	e.Receive([]byte("3"), false, at(45)) // a second pong puts nothing off
	due(&e, 49.999)

	e.Tick(at(49.999))
	due(&e, 79.999)
	e.Tick(at(79.998))
	if len(b.closed) != 0 {
		t.Fatalf("closed too early: %q", b.closed)
	}
	e.Tick(at(79.999))
	if diff := cmp.Diff(below{[]string{"2", "2"}, b.upward, []Reason{PingTimeout}}, b, cmp.AllowUnexported(below{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Protocol 3: the client pings, and is given up after an interval and a timeout
// without any packet.
func TestClientPingsProtocol3(t *testing.T) {
	var b below
	start := time.Unix(1000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	e := NewEngine(engineio.V3, seeds(), &b, start)
	for _, sign := range []struct {
		frame string
		at    int
	}{{"2", 39}, {"4hello", 78}, {"6", 117}} {
		e.Tick(at(sign.at))
		e.Receive([]byte(sign.frame), false, at(sign.at))
		if want := at(sign.at + 40); !e.Due().Equal(want) {
			t.Errorf("after %q due %v, want %v", sign.frame, e.Due().Sub(start), want.Sub(start))
		}
	}
	e.Tick(at(156))
	if len(b.closed) > 0 {
		t.Fatalf("closed too early: %q", b.closed)
	}
	e.Tick(at(157))
	if diff := cmp.Diff([]Reason{PingTimeout}, b.closed); diff != "" {
		t.Errorf("close (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"3"}, b.sent); diff != "" {
		t.Errorf("an engine of protocol 3 sends pongs only (-want +got):\n%s", diff)
	}
}

// A client that could not be heard is not taken for dead: its silence counts from
// when it can be.
func TestClientThatCouldNotBeHeardIsExcused(t *testing.T) {
	for _, version := range []engineio.Version{engineio.V3, engineio.V4} {
		b := new(below)
		now := time.Unix(0, 0)
		h := seeds()
		e := NewEngine(version, h, b, now)
		patience := h.Interval + h.Timeout
		if version == engineio.V4 {
			e.Excuse(now)
			if !e.Due().Equal(now.Add(h.Interval)) {
				t.Errorf("the ping is due at %v", e.Due())
			}
			now = now.Add(h.Interval)
			e.Tick(now)
			patience = h.Timeout
		}
		for range 10 { // held back for five times its patience
			now = now.Add(patience / 2)
			e.Excuse(now)
			e.Tick(now)
		}
		e.Excuse(now.Add(-patience)) // of old
		if len(b.closed) != 0 || !e.Due().Equal(now.Add(patience)) {
			t.Errorf("protocol %d: closed %q, due %v after it could be heard", version, b.closed, e.Due().Sub(now))
		}
		e.Tick(now.Add(patience))
		if len(b.closed) != 1 || b.closed[0] != PingTimeout {
			t.Errorf("protocol %d: closed %q", version, b.closed)
		}
	}
}

// A driver that does nothing but wait for Due and then Tick keeps the heartbeat.
func TestHeartbeatDrivenByDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b below
		began := time.Now()
		e := NewEngine(engineio.V4, seeds(), &b, began)
		for len(b.closed) == 0 {
			<-time.After(time.Until(e.Due()))
			e.Tick(time.Now())
			if len(b.sent) < 5 {
				e.Receive([]byte("3"), false, time.Now())
			}
		}
		if took, want := time.Since(began), 5*seeds().Interval+seeds().Timeout; took != want {
			t.Errorf("a client that answered four pings was given up after %v, want %v", took, want)
		}
	})
}

// Timers are late, under load by some milliseconds: that does not add up. A server
// that stood still gives its clients their whole time.
func TestLateTicks(t *testing.T) {
	for _, test := range []struct{ late, want time.Duration }{
		{0, 40 * time.Second}, {50 * time.Millisecond, 40 * time.Second}, {5 * time.Second, 40 * time.Second}, {time.Minute, 100 * time.Second},
	} {
		now := time.Unix(0, 0)
		e := NewEngine(engineio.V4, seeds(), new(below), now)
		e.Tick(now.Add(10*time.Second + test.late))
		if got := e.Due().Sub(now); got != test.want {
			t.Errorf("%v late: the answer is due after %v, want %v", test.late, got, test.want)
		}
	}
}
