package engine

import (
	"compress/gzip"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Only what is worth it, and only for who takes it.
func TestPayloadIsCompressed(t *testing.T) {
	p := newEchoSite(t).opens("")
	tests := []struct {
		name, accepts string
		size          int
		want          bool
	}{
		{"large", "gzip, deflate", gzipFrom, true},
		{"very large", "gzip", 90_000, true},
		{"small", "gzip, deflate", gzipFrom - 1, false},
		{"large, not taken", "", 90_000, false},
		{"large, refused", "gzip;q=0", 90_000, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sent := "4" + strings.Repeat("x", test.size-1)
			p.posts(sent)
			got := p.poll("Accept-Encoding", test.accepts)
			coding := got.header.Get("Content-Encoding")
			if (coding == "gzip") != test.want || coding != "" && !slices.Contains(got.header.Values("Vary"), "Accept-Encoding") {
				t.Errorf("coded %q: %v", coding, got.header)
			}
			if coding == "gzip" {
				if len(got.body) > test.size/2 {
					t.Errorf("%d bytes became %d", test.size, len(got.body))
				}
				zip, err := gzip.NewReader(strings.NewReader(got.body))
				actorstest.Must(t, err)
				text, err := io.ReadAll(zip)
				actorstest.Must(t, err)
				got.body = string(text)
			}
			is(t, got, http.StatusOK, sent)
		})
	}
}

// RFC 7692: if the client offers it and the server is to.
func TestDeflateIsNegotiated(t *testing.T) {
	for _, enabled := range []bool{false, true} {
		for _, offered := range []bool{false, true} {
			s := newEchoSite(t, func(c *Config) { c.Deflate = enabled })
			c := s.connects("EIO=4&transport=websocket", func(d *websocket.Dialer) { d.EnableCompression = offered })
			negotiated := strings.Contains(c.Answer.Header.Get("Sec-Websocket-Extensions"), "permessage-deflate")
			if want := enabled && offered; negotiated != want {
				t.Errorf("enabled %v, offered %v: negotiated %v", enabled, offered, negotiated)
			}
			c.Hear("0")
			for _, sent := range []string{"4", "4small", "4" + strings.Repeat("x", 2*deflateFrom), "4" + strings.Repeat("y", 90_000)} {
				c.Say(sent)
				c.gets(sent)
			}
			actorstest.Must(t, c.Close())
		}
	}
}

// stuck is a conversation that takes nothing in until it is released.
type stuck struct {
	echo
	got      chan<- struct{}
	released <-chan struct{}
}

func (s stuck) Message(engineio.Packet) {
	select {
	case s.got <- struct{}{}:
	default: // it has said so before
	}
	<-s.released
}

// A kilobyte may inflate to a megabyte: what waits is bounded by what came out, and
// nothing is inflated that would have to wait.
func TestInflatedMessagesThatWaitAreBounded(t *testing.T) {
	const connections, frames, most = 10, 60, 1_000_000
	got, released := make(chan struct{}, connections), make(chan struct{})
	s := newEchoSite(t, func(c *Config) {
		c.Deflate, c.Wire.MaxPayload = true, most
		c.Raw = func(*socket.Socket) socket.Conversation { return stuck{got: got, released: released} }
	})
	defer close(released)
	bomb, err := websocket.NewPreparedMessage(websocket.TextMessage, []byte("4"+strings.Repeat("x", most-1)))
	actorstest.Must(t, err)
	var clients []*echoClient
	for range connections {
		c := s.connects("EIO=4&transport=websocket", func(d *websocket.Dialer) { d.EnableCompression = true })
		c.Hear("0")
		clients = append(clients, c)
	}
	before := heap()
	for _, c := range clients {
		for range frames {
			actorstest.Must(t, c.WritePreparedMessage(bomb))
		}
	}
	for range connections {
		<-got
	}
	for range 20 { // while the readers would go on, if they did
		if grown := heap() - before; grown > connections*3*most {
			t.Fatalf("%d MB for %d clients", grown>>20, connections)
		}
	}
}

// heap returns how many bytes are in use.
func heap() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// The rate is one of what came out, too.
func TestInflatedBytesCountForTheRate(t *testing.T) {
	s := newEchoSite(t, func(c *Config) { c.Deflate, c.Wire.Limits.Bytes = true, 1000 })
	c := s.connects("EIO=4&transport=websocket", func(d *websocket.Dialer) { d.EnableCompression = true })
	c.Hear("0")
	for range 3 {
		if c.WriteMessage(websocket.TextMessage, []byte("4"+strings.Repeat("x", 90_000))) != nil {
			break
		}
	}
	if code := c.Closed(); code != websocket.ClosePolicyViolation {
		t.Errorf("closed with %d", code)
	}
}
