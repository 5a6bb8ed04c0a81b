package session

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// packets are what a client may say, right and wrong.
func packets() *rapid.Generator[string] {
	namespace := rapid.SampledFrom([]string{"", "/a,", "/too-long,", "/a", "/,"})
	id := rapid.SampledFrom([]string{"", "0", "1", "17", "99999999999999999999999"})
	data := rapid.SampledFrom([]string{
		"", `["x"]`, `["x",{"a":1}]`, `[]`, `[null]`, `{}`, `"x"`, `["disconnect"]`, `["x",{"_placeholder":true,"num":0}]`, `[`, `{"token":1}`,
	})
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.SampledFrom([]string{"0", "0", "1", "2", "2", "3", "3", "4", "51-", "61-", "511-", "5", "7", ""}).Draw(t, "type")
		return kind + namespace.Draw(t, "namespace") + id.Draw(t, "id") + data.Draw(t, "data")
	})
}

// payloads are what the application may say.
func payloads() *rapid.Generator[Payload] {
	return rapid.Custom(func(t *rapid.T) Payload {
		var p Payload
		for i := range rapid.IntRange(0, 3).Draw(t, "attachments") {
			p.Args = append(p.Args, socketio.Placeholder(i))
			p.Attachments = append(p.Attachments, rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		}
		return p
	})
}

// Whatever the client and the application say, and whenever: nothing reaches the
// application from outside a namespace, nothing is said after the end, every
// CONNECT and every question has one answer, and the heartbeat keeps its times.
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
			namespace := rapid.SampledFrom([]string{"/", "/a", "/too-long"})
			switch step := rapid.IntRange(0, 12).Draw(t, "step"); {
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
			case step == 7:
				d.client.Disconnect(namespace.Draw(t, "namespace"))
			case step == 8:
				d.client.Emit(namespace.Draw(t, "namespace"), "news", payloads().Draw(t, "payload"))
			case step == 9:
				patience := time.Duration(rapid.IntRange(0, 60).Draw(t, "patience")) * time.Second
				d.ask(namespace.Draw(t, "namespace"), payloads().Draw(t, "payload"), patience)
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
