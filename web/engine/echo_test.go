package engine

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/webtest"
)

func TestMain(m *testing.M) { actorstest.Main(m) }

// echo is a conversation that sends every message back.
type echo struct{ socket *socket.Socket }

func newEcho(s *socket.Socket) socket.Conversation { return echo{s} }

func (e echo) Message(m engineio.Packet) { e.socket.Send(m) }
func (echo) Open()                       {}
func (echo) Due() time.Time              { return time.Time{} }
func (echo) Tick(time.Time)              {}
func (echo) Leave(session.Reason)        {}

// echoSite is an engine on a port of its own, whose sockets carry bare Engine.IO
// messages and send each one back.
type echoSite struct {
	t       *testing.T
	sockets *socket.Sockets
	engine  *Engine
	address string
	http    *http.Client
	polls   atomic.Int64 // how many GETs have come
}

func newEchoSite(t *testing.T, change ...func(*Config)) *echoSite {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log }))
	t.Cleanup(system.Shutdown)
	s := &echoSite{t: t, sockets: socket.NewSockets(socket.Config{System: system, Node: "node-1", Log: log})}
	t.Cleanup(s.sockets.Close)
	config := Config{
		Sockets: s.sockets, Logger: log, Raw: newEcho,
		Wire: echoWire(),
	}
	for _, with := range change {
		with(&config)
	}
	s.engine = New(config)
	s.serve()
	return s
}

func echoWire() socket.Wire {
	return socket.Wire{
		Heartbeat:  session.Heartbeat{Interval: time.Minute, Timeout: time.Minute},
		MaxPayload: 100_000, Outbound: 1 << 20,
	}
}

// serve serves the engine until the test ends.
func (s *echoSite) serve() {
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			s.polls.Add(1)
		}
		s.engine.ServeHTTP(w, r)
	})
	s.address = webtest.Serve(s.t, httpserver.New(counted, httpserver.Timeouts{}, slog.New(slog.DiscardHandler)), NewCork)
	transport := &http.Transport{DisableCompression: true}
	s.http = &http.Client{Transport: transport, Timeout: actorstest.Patience}
	s.t.Cleanup(transport.CloseIdleConnections)
}

// answer is what a request was answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// fetch makes a request. It is called from any goroutine: that it failed is said
// by a status of 0.
func (s *echoSite) fetch(ctx context.Context, method, query, body string, header ...string) answer {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.address+"/socket.io/?"+query, strings.NewReader(body))
	if err != nil {
		return answer{body: err.Error()}
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := s.http.Do(r)
	if err != nil {
		return answer{body: err.Error()}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{body: err.Error()}
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// poller is a client of long-polling.
type poller struct {
	*echoSite
	query string
	sid   string
}

// opens begins a session of long-polling. more is added to each query.
func (s *echoSite) opens(more string) *poller {
	s.t.Helper()
	p := &poller{echoSite: s, query: "EIO=4&transport=polling" + more}
	open := p.poll()
	p.sid = sidOf(s.t, open.body)
	p.query += "&sid=" + url.QueryEscape(p.sid)
	return p
}

// sidOf returns the session's id of an open packet.
func sidOf(t *testing.T, packet string) string {
	t.Helper()
	var said struct{ SID string }
	data, ok := strings.CutPrefix(packet, "0")
	if !ok || json.Unmarshal([]byte(data), &said) != nil || said.SID == "" {
		t.Fatalf("not an open packet: %s", packet)
	}
	return said.SID
}

func (p *poller) poll(header ...string) answer {
	return p.fetch(p.t.Context(), http.MethodGet, p.query, "", header...)
}

func (p *poller) post(payload string, header ...string) answer {
	return p.fetch(p.t.Context(), http.MethodPost, p.query, payload, header...)
}

// begins starts a poll, which has come to the server when this returns.
func (p *poller) begins(ctx context.Context) <-chan answer {
	p.t.Helper()
	before := p.polls.Load()
	answered := make(chan answer, 1)
	go func() { answered <- p.fetch(ctx, http.MethodGet, p.query, "") }()
	actorstest.Eventually(p.t, "a poll to come", func() bool { return p.polls.Load() > before })
	return answered
}

// posts sends a payload, which must be taken.
func (p *poller) posts(payload string) {
	p.t.Helper()
	if got := p.post(payload); got.status != http.StatusOK || got.body != "ok" {
		p.t.Fatalf("POST of %q: %d %s", payload, got.status, got.body)
	}
}

// gets polls, and must be answered so.
func (p *poller) gets(want string) {
	p.t.Helper()
	is(p.t, p.poll(), http.StatusOK, want)
}

// collects polls until it has so many packets besides noops, and returns them.
func (p *poller) collects(count int) []string {
	p.t.Helper()
	var got []string
	for len(got) < count {
		a := p.poll()
		if a.status != http.StatusOK {
			p.t.Fatalf("after %q: %d %s", got, a.status, a.body)
		}
		got = append(got, packets(a)...)
	}
	return got
}

// packets returns what the answer to a poll brought, without noops.
func packets(a answer) []string {
	var list []string
	for packet := range strings.SplitSeq(a.body, "\x1e") {
		if packet != "6" {
			list = append(list, packet)
		}
	}
	return list
}

// is fails the test if an answer is another one.
func is(t *testing.T, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Fatalf("answered %d %q, want %d %q", got.status, got.body, status, body)
	}
}

// isRefused fails the test if an answer is not a refusal in the official form.
func isRefused(t *testing.T, got answer, why engineio.Refusal) {
	t.Helper()
	body, err := json.Marshal(why)
	actorstest.Must(t, err)
	is(t, got, why.Status(), string(body))
	if kind := got.header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("a refusal of type %q", kind)
	}
}

// hasEnded fails the test unless the session refuses whatever comes.
func (p *poller) hasEnded() {
	p.t.Helper()
	for range 2 {
		isRefused(p.t, p.poll(), engineio.UnknownSession)
		isRefused(p.t, p.post("4late"), engineio.UnknownSession)
	}
	p.isGone()
}

// isGone waits until no socket is left.
func (s *echoSite) isGone() {
	s.t.Helper()
	actorstest.Eventually(s.t, "the sockets to end", func() bool { return s.sockets.Count() == 0 })
}

// echoClient is a client whose messages come back.
type echoClient struct {
	*webtest.Client
	t *testing.T
}

// connects opens a websocket with a query.
func (s *echoSite) connects(query string, change ...func(*websocket.Dialer)) *echoClient {
	s.t.Helper()
	return &echoClient{webtest.Dial(s.t, "ws://"+s.address+"/socket.io/?"+query, change...), s.t}
}

// takesOver opens a websocket for the session.
func (p *poller) takesOver() *echoClient {
	p.t.Helper()
	return p.connects("EIO=4&transport=websocket&sid=" + url.QueryEscape(p.sid))
}

// probes has the server answer the probe.
func (c *echoClient) probes() {
	c.t.Helper()
	c.Say("2probe")
	c.gets("3probe")
}

// gets reads one message, which must be this text.
func (c *echoClient) gets(want string) {
	c.t.Helper()
	kind, data, err := c.ReadMessage()
	if err != nil || kind != websocket.TextMessage || string(data) != want {
		c.t.Fatalf("got %d %q, %v, want %q", kind, data, err, want)
	}
}

// isClosed fails the test unless the server closes the websocket without a word.
func (c *echoClient) isClosed() {
	c.t.Helper()
	if _, data, err := c.ReadMessage(); err == nil {
		c.t.Fatalf("got %q, want the end", data)
	} else if timeout, ok := err.(interface{ Timeout() bool }); ok && timeout.Timeout() {
		c.t.Fatal("still open")
	}
}
