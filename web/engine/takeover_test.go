package engine

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Engine.IO §Upgrade: no packet is lost, so messages that arrive in between are
// delivered once and in order.
func TestUpgradeDeliversEachMessageOnceAndInOrder(t *testing.T) {
	p := newEchoSite(t).opens("")
	var got []string
	waiting := p.begins(t.Context())
	p.posts("4a")
	got = append(got, packets(<-waiting)...)
	ws := p.takesOver()
	p.posts("4b\x1ebAQ==")
	waiting = p.begins(t.Context())
	ws.probes()
	p.posts("4c")
	got = append(got, packets(<-waiting)...)
	p.posts("4d")
	ws.Say("5", "4e")
	want := []string{"4a", "4b", "bAQ==", "4c", "4d", "4e"}
	for len(got) < len(want) {
		kind, data, err := ws.ReadMessage()
		actorstest.Must(t, err)
		if kind == websocket.BinaryMessage {
			data = []byte("bAQ==")
		}
		got = append(got, string(data))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ws.Say("4f")
	ws.gets("4f") // and nothing twice
}

// Engine.IO §Upgrade: only if a poll is pending.
func TestProbeReleasesThePollWithNoop(t *testing.T) {
	p := newEchoSite(t).opens("")
	ws := p.takesOver()
	waiting := p.begins(t.Context())
	ws.probes()
	is(t, <-waiting, http.StatusOK, "6")
	ws.Say("5", "4x")
	ws.gets("4x")

	p = p.opens("")
	ws = p.takesOver()
	ws.probes()
	ws.Say("5", "4x")
	ws.gets("4x") // no noop that nobody waits for
}

// docs/wire.md, "The upgrade": after the upgrade nothing hangs.
func TestUpgradedSessionRefusesPolling(t *testing.T) {
	s := newEchoSite(t)
	p := s.opens("")
	ws := p.takesOver()
	ws.probes()
	ws.Say("5", "4x")
	ws.gets("4x")
	for range 2 {
		isRefused(t, p.poll(), engineio.BadRequest)
		isRefused(t, p.post("4y"), engineio.BadRequest)
		isRefused(t, p.post("abc"), engineio.BadRequest)
	}
	ws.Say("4z")
	ws.gets("4z")
	actorstest.Must(t, ws.Close())
	s.isGone()
	p.hasEnded()
}

// A client may send its last packet of the upgrade while its poll still waits.
func TestUpgradeReleasesThePoll(t *testing.T) {
	p := newEchoSite(t).opens("")
	waiting := p.begins(t.Context())
	ws := p.takesOver()
	ws.Say("2probe", "5", "4x")
	ws.gets("3probe")
	ws.gets("4x")
	if got := <-waiting; got.status == http.StatusOK {
		is(t, got, http.StatusOK, "6")
	} else {
		isRefused(t, got, engineio.BadRequest) // it came after the upgrade
	}
}

// docs/wire.md, "The upgrade": what fails closes that websocket only.
func TestFailedUpgradeGoesOnPolling(t *testing.T) {
	s := newEchoSite(t)
	tests := []struct {
		name string
		ends func(ws *echoClient)
	}{
		{"bad probe", func(ws *echoClient) { ws.Say("2prob"); ws.isClosed() }},
		{"a ping without probe", func(ws *echoClient) { ws.Say("2"); ws.isClosed() }},
		{"a message before the probe", func(ws *echoClient) { ws.Say("4early"); ws.isClosed() }},
		{"an empty frame", func(ws *echoClient) { ws.Say(""); ws.isClosed() }},
		{"a binary probe", func(ws *echoClient) {
			actorstest.Must(ws.t, ws.WriteMessage(websocket.BinaryMessage, []byte("2probe")))
			ws.isClosed()
		}},
		{"an upgrade by binary", func(ws *echoClient) {
			actorstest.Must(ws.t, ws.WriteMessage(websocket.BinaryMessage, []byte("5")))
			ws.isClosed()
		}},
		{"closed before the probe", func(ws *echoClient) { actorstest.Must(ws.t, ws.Close()) }},
		{"closed after the probe", func(ws *echoClient) { ws.probes(); actorstest.Must(ws.t, ws.Close()) }},
		{"a message instead of the upgrade", func(ws *echoClient) { ws.probes(); ws.Say("4early"); ws.isClosed() }},
		{"a second probe instead of the upgrade", func(ws *echoClient) { ws.probes(); ws.Say("2probe"); ws.isClosed() }},
		{"too large a frame", func(ws *echoClient) {
			ws.probes()
			ws.Say(strings.Repeat("5", 100_001))
			if code := ws.Closed(); code != websocket.CloseMessageTooBig {
				ws.t.Errorf("closed with %d", code)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := s.opens("")
			waiting := p.begins(t.Context())
			ws := p.takesOver()
			p.posts("4a")
			got := packets(<-waiting)
			p.posts("4b")
			test.ends(ws)
			p.posts("4c")
			got = append(got, p.collects(3-len(got))...)
			if diff := cmp.Diff([]string{"4a", "4b", "4c"}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			p.upgrades().Say("1")
			s.isGone()
		})
	}
}

// upgrades takes the session over, once an earlier websocket that failed is
// forgotten: the server hears of that by and by.
func (p *poller) upgrades() *echoClient {
	p.t.Helper()
	var ws *echoClient
	actorstest.Eventually(p.t, "an upgrade", func() bool {
		ws = p.takesOver()
		_ = ws.WriteMessage(websocket.TextMessage, []byte("2probe"))
		_, data, err := ws.ReadMessage()
		return err == nil && string(data) == "3probe"
	})
	ws.Say("5", "4over")
	ws.gets("4over")
	return ws
}

// A websocket that has probed and says nothing more: meanwhile polls do not wait,
// and nothing is lost.
func TestPollingGoesOnWhileTheUpgradeIsPending(t *testing.T) {
	p := newEchoSite(t).opens("")
	ws := p.takesOver()
	ws.probes()
	var got, want []string
	for _, text := range []string{"4a", "4b", "4c"} {
		is(t, p.poll(), http.StatusOK, "6")
		p.posts(text)
		want = append(want, text)
		got = append(got, p.collects(1)...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	ws.Say("5", "4d")
	ws.gets("4d")
}

// Engine.IO §WebSocket: the first websocket survives, before its upgrade and after.
func TestSecondWebsocketIsClosed(t *testing.T) {
	p := newEchoSite(t).opens("")
	first := p.takesOver()
	p.takesOver().isClosed()
	first.probes()
	p.takesOver().isClosed()
	first.Say("5", "4x")
	first.gets("4x")
	p.takesOver().isClosed()
	first.Say("4y")
	first.gets("4y")
}

// A session that began by a websocket has nothing to be upgraded.
func TestWebsocketForASessionOfAWebsocketIsClosed(t *testing.T) {
	s := newEchoSite(t)
	ws := s.connects("EIO=4&transport=websocket")
	sid := sidOf(t, ws.Hear("0"))
	p := &poller{echoSite: s, sid: sid, query: "EIO=4&transport=polling&sid=" + sid}
	p.takesOver().isClosed()
	isRefused(t, p.poll(), engineio.BadRequest)
	isRefused(t, p.post("4x"), engineio.BadRequest)
	ws.Say("4alive")
	ws.gets("4alive")
}

// A session that ends while a websocket is about to take over: that closes at once,
// and not when its patience is over.
func TestWebsocketEndsWithTheSessionThatItWasToTakeOver(t *testing.T) {
	s := newEchoSite(t)
	for _, probes := range []bool{false, true} {
		p := s.opens("")
		ws := p.takesOver()
		if probes {
			ws.probes()
		}
		began := time.Now()
		p.posts("1")
		ws.isClosed()
		if took := time.Since(began); took > upgradePatience/2 {
			t.Errorf("probed %v: closed after %v", probes, took)
		}
		s.isGone()
	}
}

// Libraries for small devices send the upgrade at once, which the official server
// takes.
func TestUpgradeWithoutAProbe(t *testing.T) {
	p := newEchoSite(t).opens("")
	p.posts("4a")
	waiting := p.begins(t.Context())
	got := packets(<-waiting)
	waiting = p.begins(t.Context())
	ws := p.takesOver()
	ws.Say("5", "4b")
	ws.gets("4b")
	if polled := <-waiting; polled.status == http.StatusOK {
		is(t, polled, http.StatusOK, "6")
	} else {
		isRefused(t, polled, engineio.BadRequest)
	}
	if !slices.Equal(got, []string{"4a"}) {
		t.Errorf("got %q", got)
	}
	isRefused(t, p.poll(), engineio.BadRequest)
}

// docs/wire.md, "Websockets", of one that takes over.
func TestUpgradeInOneSegment(t *testing.T) {
	p := newEchoSite(t).opens("")
	for _, cut := range []int{0, 1, 9} { // bytes of the frames that come later
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.address)
		actorstest.Must(t, err)
		actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
		segment := "GET /socket.io/?EIO=4&transport=websocket&sid=" + p.sid + " HTTP/1.1\r\nHost: " + p.address + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
			maskedText("2probe") + maskedText("5") + maskedText("4hello")
		_, err = io.WriteString(conn, segment[:len(segment)-cut])
		actorstest.Must(t, err)
		in := bufio.NewReader(conn)
		response, err := http.ReadResponse(in, nil)
		actorstest.Must(t, err)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("status %d", response.StatusCode)
		}
		_, err = io.WriteString(conn, segment[len(segment)-cut:])
		actorstest.Must(t, err)
		want := []byte("\x81\x063probe\x81\x064hello")
		got := make([]byte, len(want))
		if _, err := io.ReadFull(in, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes later: %q, %v", cut, got, err)
		}
		actorstest.Must(t, conn.Close())
		p = p.opens("")
	}
}

// What a websocket that takes over decompresses to is bounded from its first frame.
func TestDecompressionBombIsClosed(t *testing.T) {
	s := newEchoSite(t, func(c *Config) { c.Deflate = true })
	bomb := []byte("4" + strings.Repeat("x", 10_000_000)) // some 10 kB when compressed
	compressed := func(d *websocket.Dialer) { d.EnableCompression = true }
	tests := []struct {
		name  string
		dials func() *echoClient
	}{
		{"a session's", func() *echoClient {
			c := s.connects("EIO=4&transport=websocket", compressed)
			c.Hear("0")
			return c
		}},
		{"before the probe", func() *echoClient {
			return s.connects("EIO=4&transport=websocket&sid="+s.opens("").sid, compressed)
		}},
		{"before the upgrade", func() *echoClient {
			c := s.connects("EIO=4&transport=websocket&sid="+s.opens("").sid, compressed)
			c.probes()
			return c
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := test.dials()
			if err := c.WriteMessage(websocket.TextMessage, bomb); err != nil && !errors.Is(err, net.ErrClosed) {
				t.Logf("the server did not wait for its end: %v", err)
			}
			if code := c.Closed(); code != websocket.CloseMessageTooBig {
				t.Errorf("closed with %d", code)
			}
		})
	}
}

// A poll that comes with the upgrade, or behind it, is refused, whichever the
// server reads first.
func TestPollBesideTheUpgradeIsRefused(t *testing.T) {
	s := newEchoSite(t)
	refused := false
	for range 20 {
		p := s.opens("")
		ws := p.takesOver()
		ws.probes()
		waiting := p.begins(t.Context()) // the server has it, and the upgrade follows
		ws.Say("5", "4x")
		if got := <-waiting; got.status != 200 || got.body != "6" { // it may have been long enough to be sent on
			isRefused(t, got, engineio.BadRequest)
			refused = true
		}
		ws.gets("4x")
		ws.Say("1")
	}
	if !refused {
		t.Error("every poll was answered before the upgrade that came at once")
	}
}
