package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/engineio"
)

// A client that flushes what it buffered while offline is slowed down, by either
// transport, and nothing of it is lost.
func TestABurstIsSlowedDownAndTaken(t *testing.T) {
	s := newEchoSite(t, func(c *Config) { c.Wire.Limits.Packets = 100 })
	const many = 300 // 100 more than a moment allows
	packets := make([]string, many)
	for i := range packets {
		packets[i] = fmt.Sprintf("4%d", i)
	}
	began := time.Now()
	c := s.connects("EIO=4&transport=websocket")
	c.Hear("0")
	c.Say(packets...)
	for _, p := range packets {
		c.gets(p)
	}
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("taken in %v", took)
	}
	p := s.opens("")
	began = time.Now()
	p.posts(strings.Join(packets, "\x1e"))
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
	if got := p.collects(many); !slices.Equal(got, packets) {
		t.Errorf("got %q", got)
	}
}

// A client that wants to send more than it may for long is cut off, by either
// transport, and what was not taken is not called a success.
func TestAFloodIsCutOff(t *testing.T) {
	s := newEchoSite(t, func(c *Config) { c.Wire.MaxPayload, c.Wire.Limits.Bytes = 1000, 20 })
	long := "4" + strings.Repeat("x", 600)
	c := s.connects("EIO=4&transport=websocket")
	c.Hear("0")
	for range 3 { // the last may find the connection closed
		if c.WriteMessage(websocket.TextMessage, []byte(long)) != nil {
			break
		}
	}
	if code := c.Closed(); code != websocket.ClosePolicyViolation {
		t.Errorf("closed with %d", code)
	}
	p := s.opens("")
	p.posts(long)
	isRefused(t, p.post(long), engineio.BadRequest)
	p.hasEnded()
}

// A message of the greatest length passes; a stream of them does not.
func TestAFloodOfBytesIsCutOff(t *testing.T) {
	s := newEchoSite(t, func(c *Config) {
		c.Wire.MaxPayload, c.Wire.Limits.Bytes = 1000, 50 // a twentieth of the longest message
	})
	c := s.connects("EIO=4&transport=websocket")
	c.Hear("0")
	long := []byte(`42["x","` + strings.Repeat("x", 980) + `"]`)
	actorstest.Must(t, c.WriteMessage(websocket.TextMessage, long))
	for range 10 {
		if c.WriteMessage(websocket.TextMessage, long) != nil {
			break
		}
	}
	if code := c.Closed(); code != websocket.ClosePolicyViolation {
		t.Errorf("closed with %d", code)
	}
	s.isGone()
}
