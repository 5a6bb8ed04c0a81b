package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// The open packet has exactly these keys (Engine.IO §Handshake).
func TestHandshakeSaysExactly(t *testing.T) {
	s := newEchoSite(t)
	polled := s.fetch(t.Context(), http.MethodGet, "EIO=4&transport=polling", "")
	_, heard, err := s.connects("EIO=4&transport=websocket").ReadMessage()
	actorstest.Must(t, err)
	tests := []struct {
		name, packet string
		upgrades     []any
	}{
		{"polling", polled.body, []any{"websocket"}},
		{"websocket", string(heard), []any{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sid := sidOf(t, test.packet)
			if len(sid) != 20+len("node-1") || !strings.HasSuffix(sid, "node-1") {
				t.Errorf("session %q is not 120 bits and the name of its node", sid)
			}
			var got map[string]any
			actorstest.Must(t, json.Unmarshal([]byte(test.packet[1:]), &got))
			want := map[string]any{
				"sid": sid, "upgrades": test.upgrades, "pingInterval": 60000.0, "pingTimeout": 60000.0, "maxPayload": 100000.0,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if kind, cache := polled.header.Get("Content-Type"), polled.header.Get("Cache-Control"); kind != "text/plain; charset=UTF-8" || cache != "no-store" {
		t.Errorf("a payload of type %q, to be cached: %q", kind, cache)
	}
}

// The errors of the official server, in its order: docs/wire.md, "Requests".
func TestRequestIsRefused(t *testing.T) {
	s := newEchoSite(t, func(c *Config) { c.Origins = []string{"https://school.test"} })
	p := s.opens("")
	const unknown = "AAAAAAAAAAAAAAAAAAAA"
	tests := []struct {
		name, method, query string
		want                engineio.Refusal
	}{
		{"no version", "GET", "transport=polling", engineio.UnsupportedVersion},
		{"version 5", "GET", "EIO=5&transport=polling", engineio.UnsupportedVersion},
		{"version 04", "GET", "EIO=04&transport=websocket", engineio.UnsupportedVersion},
		{"no transport", "GET", "EIO=4", engineio.UnknownTransport},
		{"unknown transport", "GET", "EIO=4&transport=webtransport", engineio.UnknownTransport},
		{"handshake by POST", "POST", "EIO=4&transport=polling", engineio.BadHandshakeMethod},
		{"handshake by PUT", "PUT", "EIO=4&transport=polling", engineio.BadHandshakeMethod},
		{"handshake by POST of a websocket", "POST", "EIO=4&transport=websocket", engineio.BadHandshakeMethod},
		{"handshake of a websocket that is none", "GET", "EIO=4&transport=websocket", engineio.BadRequest},
		{"poll of no session", "GET", "EIO=4&transport=polling&sid=", engineio.UnknownSession},
		{"poll of an unknown session", "GET", "EIO=4&transport=polling&sid=" + unknown + "node-1", engineio.UnknownSession},
		{"poll of a session of an unknown node", "GET", "EIO=4&transport=polling&sid=" + unknown + "node-9", engineio.UnknownSession},
		{"post to an unknown session", "POST", "EIO=4&transport=polling&sid=" + unknown + "node-1", engineio.UnknownSession},
		{"websocket for an unknown session", "GET", "EIO=4&transport=websocket&sid=" + unknown + "node-1", engineio.UnknownSession},
		{"websocket of protocol 3 for a session", "GET", "EIO=3&transport=websocket&sid=" + p.sid, engineio.UnknownSession},
		{"PUT to a session", "PUT", p.query, engineio.BadRequest},
		{"DELETE of a session", "DELETE", p.query, engineio.BadRequest},
		{"websocket for a session that is none", "GET", "EIO=4&transport=websocket&sid=" + p.sid, engineio.BadRequest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			isRefused(t, s.fetch(t.Context(), test.method, test.query, ""), test.want)
		})
	}
	isRefused(t, s.fetch(t.Context(), "GET", "EIO=4&transport=polling", "", "Origin", "https://evil.test"), engineio.Forbidden)
	p.posts("4it lives")
	p.gets("4it lives")
}

// Protocol 3 shows its session's id to everybody.
func TestPollingOfProtocol3IsRefusedWithAdvice(t *testing.T) {
	s := newEchoSite(t)
	got := s.fetch(t.Context(), "GET", "EIO=3&transport=polling", "")
	var said struct {
		Code    int
		Message string
	}
	actorstest.Must(t, json.Unmarshal([]byte(got.body), &said))
	if got.status != http.StatusBadRequest || said.Code != 0 || !strings.Contains(said.Message, `transports: ["websocket"]`) {
		t.Errorf("refused by %d %s", got.status, got.body)
	}
	if s.sockets.Count() != 0 {
		t.Error("a socket was opened")
	}
}

// Engine.IO §Packet encoding, of HTTP long-polling.
func TestPayloadComesBack(t *testing.T) {
	p := newEchoSite(t).opens("")
	tests := []struct{ name, posted, polled string }{
		{"text", "4hello", "4hello"},
		{"empty text", "4", "4"},
		{"beyond ASCII", "4€ \u2028 😀", "4€ \u2028 😀"},
		{"several packets", "4a\x1e4b\x1e4c", "4a\x1e4b\x1e4c"},
		{"binary is base64", "bAQIDBA==", "bAQIDBA=="},
		{"empty binary", "b", "b"},
		{"text and binary", "4a\x1ebAQ==\x1e4b", "4a\x1ebAQ==\x1e4b"},
		{"what means nothing is left out", "0\x1e6\x1e5\x1e4a", "4a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p.posts(test.posted)
			p.gets(test.polled)
			waiting := p.begins(t.Context()) // and by a poll that was there before
			p.posts(test.posted)
			is(t, <-waiting, http.StatusOK, test.polled)
		})
	}
}

func TestInvalidPayloadEndsTheSession(t *testing.T) {
	s := newEchoSite(t)
	tests := []struct{ name, payload string }{
		{"empty", ""},
		{"unknown type", "7"},
		{"words", "abc"},
		{"separator at the end", "4a\x1e"},
		{"only a separator", "\x1e"},
		{"bad base64", "bAQI"},
		{"not UTF-8", "4\xff"},
		{"good and bad", "4a\x1eabc"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := s.opens("")
			isRefused(t, p.post(test.payload), engineio.BadRequest)
			p.hasEnded()
			p = s.opens("") // again, while a poll waits
			waiting := p.begins(t.Context())
			isRefused(t, p.post(test.payload), engineio.BadRequest)
			if got := <-waiting; got.status == http.StatusOK {
				is(t, got, http.StatusOK, "1") // nothing of the payload was applied
			} else {
				isRefused(t, got, engineio.UnknownSession)
			}
			p.hasEnded()
		})
	}
}

// A ping from the client, outside of a probe (Engine.IO §Heartbeat).
func TestPingOfAClientEndsTheSession(t *testing.T) {
	p := newEchoSite(t).opens("")
	p.posts("2")
	p.hasEnded()
}

// Engine.IO §Heartbeat: ping by poll, pong by post.
func TestHeartbeatOverPolling(t *testing.T) {
	p := newEchoSite(t, func(c *Config) {
		c.Wire.Heartbeat = session.Heartbeat{Interval: 10 * time.Millisecond, Timeout: actorstest.Patience}
	}).opens("")
	for range 5 {
		p.gets("2")
		p.posts("3")
	}
	p.posts("4alive")
	if got := strings.Join(p.collects(1), " "); got != "4alive" && got != "2 4alive" && got != "4alive 2" {
		t.Errorf("got %q", got)
	}
}

func TestSilenceEndsTheSession(t *testing.T) {
	p := newEchoSite(t, func(c *Config) {
		c.Wire.Heartbeat = session.Heartbeat{Interval: 10 * time.Millisecond, Timeout: 10 * time.Millisecond}
	}).opens("")
	var got []string
	a := p.poll()
	for ; a.status == http.StatusOK; a = p.poll() {
		got = append(got, packets(a)...)
	}
	if all := strings.Join(got, " "); all != "" && all != "2" && all != "2 1" {
		t.Errorf("got %q", all)
	}
	isRefused(t, a, engineio.UnknownSession)
	p.hasEnded()
}

// Engine.IO §Receiving data.
func TestSecondPollEndsTheSession(t *testing.T) {
	p := newEchoSite(t).opens("")
	one, other := p.begins(t.Context()), p.begins(t.Context())
	first, second := <-one, <-other
	if first.status != http.StatusOK {
		first, second = second, first // they came in this order
	}
	is(t, first, http.StatusOK, "1")
	isRefused(t, second, engineio.BadRequest)
	p.hasEnded()
}

// As the official server does it: docs/wire.md, "Polling".
func TestClosePacketReleasesThePoll(t *testing.T) {
	p := newEchoSite(t).opens("")
	waiting := p.begins(t.Context())
	p.posts("1")
	is(t, <-waiting, http.StatusOK, "6")
	p.hasEnded()
}

func TestNothingIsTakenAfterTheClosePacket(t *testing.T) {
	p := newEchoSite(t).opens("")
	waiting := p.begins(t.Context())
	p.posts("1\x1e4late")
	is(t, <-waiting, http.StatusOK, "6")
	p.hasEnded()
}

func TestOversizePostIsRefusedAndTheSessionLives(t *testing.T) {
	p := newEchoSite(t).opens("")
	got := p.post("4" + strings.Repeat("x", 100_000))
	if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, "100000 bytes") {
		t.Errorf("answered %d %s", got.status, got.body)
	}
	whole := "4" + strings.Repeat("x", 99_999)
	p.posts(whole)
	p.gets(whole)
}

// What a cut poll was to bring is not lost in silence: docs/wire.md, "Polling".
func TestCutPollEndsTheSession(t *testing.T) {
	s := newEchoSite(t)
	p := s.opens("")
	ctx, cut := context.WithCancel(t.Context())
	waiting := p.begins(ctx)
	cut()
	if got := <-waiting; got.status != 0 {
		t.Fatalf("answered %d %s", got.status, got.body)
	}
	p.isGone()
	p.hasEnded()
}

func TestShutdownReleasesThePolls(t *testing.T) {
	s := newEchoSite(t)
	waits, pauses := s.opens(""), s.opens("")
	waiting := waits.begins(t.Context())
	actorstest.Must(t, s.sockets.CloseAll(t.Context()))
	is(t, <-waiting, http.StatusOK, "1")
	waits.hasEnded()
	if s.sockets.Count() != 0 {
		t.Errorf("%d sockets are left", s.sockets.Count())
	}
	isRefused(t, pauses.post("4late"), engineio.UnknownSession)
}

// A page of another origin can read why it was refused: docs/wire.md, "Requests".
func TestRefusalsCarryCORSHeaders(t *testing.T) {
	tests := []struct {
		name    string
		origins []string
		allowed string
	}{
		{"any", []string{"*"}, "*"},
		{"listed", []string{"https://school.test"}, "https://school.test"},
		{"a stranger", nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newEchoSite(t, func(c *Config) { c.Origins = test.origins }).opens("")
			const from = "https://school.test"
			answers := map[string]answer{
				"poll of an unknown session": p.fetch(t.Context(), "GET", "EIO=4&transport=polling&sid=x", "", "Origin", from),
				"post to an unknown session": p.fetch(t.Context(), "POST", "EIO=4&transport=polling&sid=x", "4", "Origin", from),
				"unknown version":            p.fetch(t.Context(), "GET", "EIO=9", "", "Origin", from),
				"too large":                  p.post(strings.Repeat("4", 100_001), "Origin", from),
				"post":                       p.post("4x", "Origin", from),
				"poll":                       p.poll("Origin", from),
				"invalid":                    p.post("abc", "Origin", from),
			}
			for name, got := range answers {
				if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != test.allowed {
					t.Errorf("%s: %d allows %q", name, got.status, allowed)
				}
			}
			preflight := p.fetch(t.Context(), "OPTIONS", p.query, "", "Origin", from,
				"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "Content-Type")
			if preflight.status != http.StatusNoContent || preflight.header.Get("Access-Control-Allow-Origin") != test.allowed ||
				strings.Contains(preflight.header.Get("Access-Control-Allow-Methods"), "POST") != (test.allowed != "") ||
				strings.Contains(preflight.header.Get("Access-Control-Allow-Headers"), "Content-Type") != (test.allowed != "") {
				t.Errorf("preflight: %d %v", preflight.status, preflight.header)
			}
		})
	}
}

// A client that forces base64 over a websocket is understood (Engine.IO §Packet encoding).
func TestBinaryOverWebsocket(t *testing.T) {
	c := newEchoSite(t).connects("EIO=4&transport=websocket")
	c.Hear("0")
	for _, sent := range []struct {
		kind int
		data string
	}{{websocket.BinaryMessage, "\x01\x02\x03\x04"}, {websocket.TextMessage, "bAQIDBA=="}} {
		actorstest.Must(t, c.WriteMessage(sent.kind, []byte(sent.data)))
		kind, data, err := c.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage || string(data) != "\x01\x02\x03\x04" {
			t.Errorf("%q came back as %d %q, %v", sent.data, kind, data, err)
		}
	}
}

// A client that takes no binary frames gets base64, in the form of its protocol.
func TestBase64OverWebsocket(t *testing.T) {
	s := newEchoSite(t)
	taken := s.opens("")
	over := s.connects("EIO=4&transport=websocket&b64=1&sid=" + url.QueryEscape(taken.sid))
	over.probes()
	over.Say("5", "4x")
	over.gets("4x")
	old, modern := s.connects("EIO=3&transport=websocket&b64=1"), s.connects("EIO=4&transport=websocket&b64=1")
	old.Hear("0")
	modern.Hear("0")
	for _, test := range []struct {
		c    *echoClient
		kind int
		sent string
		want string
	}{
		{modern, websocket.BinaryMessage, "\x01\x02\x03\x04", "bAQIDBA=="},
		{modern, websocket.TextMessage, "bAQIDBA==", "bAQIDBA=="},
		{modern, websocket.TextMessage, "4text", "4text"},
		{over, websocket.BinaryMessage, "\x01\x02\x03\x04", "bAQIDBA=="},
		{old, websocket.BinaryMessage, "\x04\x01\x02\x03\x04", "b4AQIDBA=="},
		{old, websocket.TextMessage, "b4AQIDBA==", "b4AQIDBA=="},
	} {
		actorstest.Must(t, test.c.WriteMessage(test.kind, []byte(test.sent)))
		test.c.gets(test.want)
	}
}

// The first subprotocol that a client offers is accepted: browsers want one of theirs.
func TestSubprotocolIsAccepted(t *testing.T) {
	s := newEchoSite(t)
	for _, test := range []struct {
		offered []string
		want    string
	}{{nil, ""}, {[]string{"chat"}, "chat"}, {[]string{"v2.chat", "chat"}, "v2.chat"}} {
		for _, query := range []string{"EIO=4&transport=websocket", "EIO=3&transport=websocket", "EIO=4&transport=websocket&sid=" + s.opens("").sid} {
			c := s.connects(query, func(d *websocket.Dialer) { d.Subprotocols = test.offered })
			if got := c.Subprotocol(); got != test.want {
				t.Errorf("%s, offered %q: %q", query, test.offered, got)
			}
		}
	}
}

// Exactly the official form: two keys, and no newline at the end.
func TestRefusalIsExactlyJSON(t *testing.T) {
	s := newEchoSite(t)
	for query, want := range map[string]string{
		"EIO=4&transport=abc":             `{"code":0,"message":"Transport unknown"}`,
		"EIO=4&transport=polling&sid=abc": `{"code":1,"message":"Session ID unknown"}`,
		"EIO=4&transport=websocket":       `{"code":3,"message":"Bad request"}`,
		"EIO=5&transport=polling":         `{"code":5,"message":"Unsupported protocol version"}`,
	} {
		got := s.fetch(t.Context(), http.MethodGet, query, "")
		is(t, got, http.StatusBadRequest, want)
		if length := got.header.Get("Content-Length"); length != strconv.Itoa(len(want)) {
			t.Errorf("%s: length %s", query, length)
		}
	}
}
