package web

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// shrink has the kernel hold little of what a client does not read.
func (s *site) shrink(c *client) {
	s.t.Helper()
	actorstest.Must(s.t, c.NetConn().(*net.TCPConn).SetReadBuffer(4<<10))
	for {
		select {
		case accepted := <-s.conns:
			if accepted.RemoteAddr().String() == c.LocalAddr().String() {
				actorstest.Must(s.t, accepted.(*net.TCPConn).SetWriteBuffer(4<<10))
				return
			}
		default:
			s.t.Fatal("the connection was not accepted")
		}
	}
}

// A client stops to read while another says megabytes. It is not closed for that: when
// it reads on, it is told who came, and of each message that it lacks.
func TestClientThatPausesKeepsItsConnection(t *testing.T) {
	s := newSite(t)
	slow := s.connect("Maths", 1)
	s.shrink(slow)
	loud := s.connect("Maths", 2)
	const many = 5000
	filler := strings.Repeat("x", 900)
	for i := range many {
		loud.Say(fmt.Sprintf(`42["message","Maths",%d,"%s"]`, i, filler))
	}
	loud.Say(`421["message","Maths"]`)
	loud.Hear(`431[{"ok":true}]`)
	comes := s.connect("Maths", 3)

	came, left, joined, last := 0, 0, false, -1
	for came+left < many+1 || !joined {
		kind, data, err := slow.ReadMessage()
		if err != nil || kind != websocket.TextMessage {
			t.Fatalf("cut off with %d messages and %d left out: %v", came, left, err)
		}
		switch text := string(data); {
		case strings.HasPrefix(text, `42["socket-connected","`+comes.id+`"`):
			joined = true
		case strings.HasPrefix(text, `42["message",`):
			var parts []json.RawMessage
			actorstest.Must(t, json.Unmarshal(data[2:], &parts))
			if came++; len(parts) < 3 {
				break
			}
			var number int
			if actorstest.Must(t, json.Unmarshal(parts[2], &number)); number <= last {
				t.Fatalf("message %d came after %d", number, last)
			}
			last = number
		case strings.HasPrefix(text, `42["messages-dropped",`):
			var gap struct {
				Room  string
				Count int
			}
			actorstest.Must(t, json.Unmarshal(data[len(`42["messages-dropped",`):len(data)-1], &gap))
			if left += gap.Count; gap.Room != "Maths" || gap.Count < 1 {
				t.Errorf("told %s", data)
			}
		}
	}
	if left == 0 || came == 0 {
		t.Errorf("%d came, %d were left out", came, left)
	}
}
