package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// FuzzSession feeds frames to a session whose application only answers.
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
			d.receive([]byte(data), binary)
		}
		d.leave()
	})
}

// splitFrames cuts the input of a fuzz test into frames.
func splitFrames(stream []byte) func(func(string) bool) {
	return strings.SplitSeq(string(stream), "\x1e")
}

// FuzzConversation feeds frames to a session whose application speaks too. The
// first byte of a step says what happens: 0 is a binary frame; 1 and 2 are a
// question and an event of the application; 3 is its farewell; 4 lets time pass;
// anything else begins a text frame.
func FuzzConversation(f *testing.F) {
	for _, seed := range [][]string{
		{"40", "\x01/;9", `430["yes"]`, `430["again"]`, "\x01/;9", "\x04z"},
		{"40", "\x01/;0", `461-0[{"_placeholder":true,"num":0}]`, "\x00abc", "\x01/;1", "\x01/;2", "\x01/;3", `432[]`},
		{"40/a,", "\x02/a;xyz", "\x03/a;", `42/a,["crossing"]`, "\x01/a;", "40/a,", `42/a,1["x"]`, "41/a,"},
		{"42[]"}, {"40", `452-1["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`, "\x00a", "\x03/;", "\x00b"},
		{"2", "\x01/;3", `430[1]`, "\x04z", "2", "\x03/;", "40"},
		{"40", "\x04\x0a", "3", "\x04\x0a", "3", "\x04\x0a", "\x04\xff"},
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
		for step := range splitFrames(stream) {
			if d.closed != "" {
				break
			}
			d.step(step)
			d.checkMemory()
		}
		d.leave()
		d.checkMemory()
	})
}

// step does what a step of FuzzConversation says.
func (d *driver) step(step string) {
	if step == "" {
		d.receive(nil, false)
		return
	}
	namespace, rest, _ := strings.Cut(step[1:], ";")
	switch step[0] {
	case 0:
		d.receive([]byte(step[1:]), true)
	case 1:
		d.ask(namespace, attach(rest), time.Duration(len(rest))*time.Second)
	case 2:
		d.client.Emit(namespace, "news", attach(rest))
	case 3:
		d.client.Disconnect(namespace)
	case 4:
		if len(step) > 1 {
			d.sleep(time.Duration(step[1]) * time.Second)
		}
	default:
		d.receive([]byte(step), false)
	}
}

// attach returns a payload with one attachment for each byte.
func attach(data string) Payload {
	var p Payload
	for i := range min(len(data), socketio.DefaultMaxAttachments) {
		p.Args = append(p.Args, socketio.Placeholder(i))
		p.Attachments = append(p.Attachments, []byte(data[i:i+1]))
	}
	return p
}

// checkMemory says what a client may hold on to: what it is in or was sent out
// of, and the questions without an answer.
func (d *driver) checkMemory() {
	if held, most := len(d.client.namespaces), len(d.inside); held > most {
		d.Errorf("%d namespaces are held, of %d that were ever joined", held, most)
	}
	open := 0
	for _, answers := range d.answers {
		if answers == 0 {
			open++
		}
	}
	if q := d.client.questions; q != nil && len(q.open) != open {
		d.Errorf("%d questions are held, %d have no answer", len(q.open), open)
	}
}
