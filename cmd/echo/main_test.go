package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
)

func TestMain(m *testing.M) { actorstest.Main(m) }

// slow is the program's wire for clients that a busy machine may hold up.
func slow() socket.Wire {
	wire := suiteWire()
	wire.Heartbeat = session.Heartbeat{Interval: time.Minute, Timeout: time.Minute}
	wire.ConnectTimeout = time.Minute
	return wire
}

// serving runs the program's handler, and returns the host and port.
func serving(t *testing.T, wire socket.Wire) string {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log }))
	t.Cleanup(system.Shutdown)
	sockets := socket.NewSockets(socket.Config{System: system, Node: "echo", Log: log})
	t.Cleanup(sockets.Close)
	server := httptest.NewUnstartedServer(handler(sockets, wire, log))
	server.Listener = listener{server.Listener}
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(func() { actorstest.Must(t, sockets.CloseAll(context.Background())) })
	return server.Listener.Addr().String()
}

// open is an open packet.
type open struct {
	SID                       string
	Upgrades                  []string
	PingInterval, PingTimeout int
	MaxPayload                int
}

func opened(t *testing.T, packet string) open {
	t.Helper()
	var o open
	data, ok := strings.CutPrefix(packet, "0")
	if !ok {
		t.Fatalf("opened by %q", packet)
	}
	actorstest.Must(t, json.Unmarshal([]byte(data), &o))
	return o
}

func TestOpenPacketIsWhatTheSuitesExpect(t *testing.T) {
	address := serving(t, suiteWire())
	for _, path := range []string{"/engine.io/", "/socket.io/"} {
		o := opened(t, fetch(t, http.MethodGet, "http://"+address+path+"?EIO=4&transport=polling", ""))
		want := open{SID: o.SID, Upgrades: []string{"websocket"}, PingInterval: 300, PingTimeout: 200, MaxPayload: 1_000_000}
		if diff := cmp.Diff(want, o); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func fetch(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	actorstest.Must(t, err)
	response, err := http.DefaultClient.Do(r)
	actorstest.Must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	actorstest.Must(t, err)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s", method, response.Status, text)
	}
	return string(text)
}

func TestRawEchoOverPolling(t *testing.T) {
	url := "http://" + serving(t, slow()) + "/engine.io/?EIO=4&transport=polling"
	url += "&sid=" + opened(t, fetch(t, http.MethodGet, url, "")).SID
	for _, sent := range []string{"4hello", "4a\x1e4b", "bAQIDBA=="} {
		if got := fetch(t, http.MethodPost, url, sent); got != "ok" {
			t.Errorf("POST: %q", got)
		}
		if got := fetch(t, http.MethodGet, url, ""); got != sent {
			t.Errorf("%q came back as %q", sent, got)
		}
	}
	fetch(t, http.MethodPost, url, "1")
	http.DefaultClient.CloseIdleConnections()
}

func TestRawEchoOverWebsocket(t *testing.T) {
	c, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+serving(t, slow())+"/engine.io/?EIO=4&transport=websocket", nil)
	actorstest.Must(t, err)
	_ = response.Body.Close()
	defer c.Close()
	actorstest.Must(t, c.SetReadDeadline(time.Now().Add(actorstest.Patience)))
	_, data, err := c.ReadMessage()
	actorstest.Must(t, err)
	if o := opened(t, string(data)); len(o.Upgrades) != 0 {
		t.Errorf("upgrades %q", o.Upgrades)
	}
	for _, sent := range []struct {
		kind int
		data string
	}{{websocket.TextMessage, "4hello"}, {websocket.BinaryMessage, "\x01\x02\x03\x04"}} {
		actorstest.Must(t, c.WriteMessage(sent.kind, []byte(sent.data)))
		kind, data, err := c.ReadMessage()
		if err != nil || kind != sent.kind || string(data) != sent.data {
			t.Errorf("%q came back as %d %q, %v", sent.data, kind, data, err)
		}
	}
}

// Each path has its application: bare messages are no Socket.IO.
func TestPathsDiffer(t *testing.T) {
	address := serving(t, slow())
	c, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+address+"/socket.io/?EIO=4&transport=websocket", nil)
	actorstest.Must(t, err)
	_ = response.Body.Close()
	defer c.Close()
	actorstest.Must(t, c.SetReadDeadline(time.Now().Add(actorstest.Patience)))
	actorstest.Must(t, c.WriteMessage(websocket.TextMessage, []byte("40/custom,")))
	for {
		_, data, err := c.ReadMessage()
		actorstest.Must(t, err)
		if strings.HasPrefix(string(data), `40/custom,{"sid":"`) {
			break
		}
	}
	response, err = http.Get("http://" + address + "/elsewhere")
	actorstest.Must(t, err)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("elsewhere: %s", response.Status)
	}
	http.DefaultClient.CloseIdleConnections()
}
