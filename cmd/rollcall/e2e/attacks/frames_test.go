//go:build linux

package attacks

import (
	"bytes"
	"compress/flate"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// begun is a text message that goes on.
func begun(b *band) (*intruder, error) {
	w, err := b.enter("room 0")
	if err == nil {
		_, err = w.Write(frame(opText, `42["message","room 0","`))
	}
	return w, err
}

// taken bounds how many bytes of a few websockets a node may take in. The buffers of the
// kernel take some megabytes of each, too.
func taken(bytes int) map[string]int { return map[string]int{"bytes": bytes} }

// What is below the messages: frames and packets.
func frames() []attack {
	const room = "room 0"
	return []attack{
		{name: "empty continuation frames", short: true, most: taken(64 << 20), does: func(b *band) {
			b.ramble(2, begun, always(bytes.Repeat(frame(opMore, ""), 4000)))
		}},
		{name: "continuation frames of one byte", most: taken(64 << 20), does: func(b *band) {
			b.ramble(2, begun, always(bytes.Repeat(frame(opMore, "x"), 4000)))
		}},
		{name: "websocket pings", does: func(b *band) {
			b.ramble(4, inRoom(room), always(bytes.Repeat(frame(fin|opPing, ""), 2000)))
		}},
		{name: "websocket pings whose answers nobody reads", does: func(b *band) {
			b.together(4, func(int) error {
				w, err := b.enter(room)
				if err != nil {
					return err
				}
				defer w.Close()
				return b.pour(w, always(bytes.Repeat(frame(fin|opPing, strings.Repeat("x", 125)), 500)))
			})
		}},
		{name: "websocket pongs", most: taken(64 << 20), does: func(b *band) {
			b.ramble(4, inRoom(room), always(bytes.Repeat(frame(fin|opPong, ""), 4000)))
		}},
		{name: "empty messages", does: func(b *band) {
			b.ramble(4, inRoom(room), always(bytes.Repeat(text(""), 2000)))
		}},
		{name: "Engine.IO pings, which are for the server to send", does: func(b *band) {
			b.ramble(4, inRoom(room), always(bytes.Repeat(text("2"), 2000)))
		}},
		{name: "Engine.IO pongs", does: func(b *band) {
			b.ramble(4, inRoom(room), always(bytes.Repeat(text("3"), 2000)))
		}},
		{name: "frames that announce 2^62 bytes", does: func(b *band) {
			huge := append([]byte{fin | opText, 0x80 | 127}, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
			b.ramble(2, inRoom(room), always(huge))
		}},
		{name: "messages of 999 kB that never end, on 64 websockets", does: func(b *band) {
			part := strings.Repeat("x", 999_000)
			b.together(64, func(int) error {
				w, err := b.open(url.Values{"room": {room}, "id_user": {mallory}}, "")
				if err != nil {
					return err
				}
				defer w.Close()
				if _, err := w.Write(frame(opText, part)); err != nil {
					return err
				}
				return b.drain(w.Conn)
			})
		}},
		{name: "bytes that are no protocol at all", does: func(b *band) {
			noise := bytes.Repeat([]byte{0x16, 0x03, 0x00, 0xff, 'G', '\r', '\n', 0x80, 0x00}, 1000)
			b.stream(4, func(_, turn int) []byte { return noise[turn%9:] })
		}},
	}
}

func TestFramesHurtNobody(t *testing.T) {
	s := lay(t, extentOf(t))
	for _, of := range frames() {
		s.play(t, of)
	}
	s.report(t)
}

// deflated is what permessage-deflate makes of a text.
func deflated(t testing.TB, plain string) string {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(packed.String(), "\x00\x00\xff\xff") // RFC 7692 §7.2.1
}

// What small frames become.
func bombs(t testing.TB) []attack {
	const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n"
	enter := func(b *band) (*intruder, error) {
		w, err := b.open(url.Values{"room": {"room 0"}, "id_user": {mallory}}, offer)
		if err == nil {
			_, err = w.Write(text("40"))
		}
		return w, err
	}
	return []attack{
		{name: "100 MB of zeros, compressed to 100 kB", does: func(b *band) {
			bomb := frame(fin|compressed|opText, deflated(t, strings.Repeat("0", 100<<20)))
			b.ramble(4, enter, always(bomb))
		}},
		{name: "messages of 900 kB, compressed to 900 bytes", does: func(b *band) {
			bomb := frame(fin|compressed|opText, deflated(t, fmt.Sprintf(`42["message","room 0",%q]`, strings.Repeat("x", 900_000))))
			b.ramble(2, enter, always(bomb))
		}},
		{name: "events that nobody knows of 900 kB, compressed to 900 bytes", does: func(b *band) {
			bomb := frame(fin|compressed|opText, deflated(t, fmt.Sprintf(`42["no event",%q]`, strings.Repeat("x", 900_000))))
			b.ramble(4, enter, always(bomb))
		}},
	}
}

func TestCompressedBombsHurtNobody(t *testing.T) {
	of := extentOf(t)
	if !of.everything {
		return
	}
	s := lay(t, of, "--compression")
	for _, of := range bombs(t) {
		s.play(t, of)
	}
	s.report(t)
}
