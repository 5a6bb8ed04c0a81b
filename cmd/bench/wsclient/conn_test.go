package wsclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// served starts a gorilla server whose connections are handled by handle, and
// returns its address.
func served(t *testing.T, handle func(*websocket.Conn, *http.Request)) string {
	t.Helper()
	var upgrader websocket.Upgrader
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		handle(conn, r)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func echo(conn *websocket.Conn, _ *http.Request) {
	for {
		kind, data, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, data) != nil {
			return
		}
	}
}

func dialed(t *testing.T, address, target string) *Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	c, err := Dial(ctx, address, target, 512)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestMessagesOfAnyLengthComeBack(t *testing.T) {
	c := dialed(t, served(t, echo), "/")
	for _, n := range []int{0, 1, 125, 126, 500, 511, 512, 5000, 70_000} {
		want := strings.Repeat("é", n/2)
		if err := c.Send([]byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Next(); err != nil || string(got) != want {
			t.Fatalf("%d bytes came back as %d: %v", len(want), len(got), err)
		}
	}
}

func TestManyMessagesInOneSegmentAreTold(t *testing.T) {
	c := dialed(t, served(t, func(conn *websocket.Conn, _ *http.Request) {
		for text := range strings.SplitSeq("abcdefghij", "") {
			if conn.WriteMessage(websocket.TextMessage, []byte(text)) != nil {
				return
			}
		}
		_ = conn.WriteMessage(websocket.CloseMessage, nil)
	}), "/")
	var got strings.Builder
	for {
		message, err := c.Next()
		if err != nil {
			if got.String() != "abcdefghij" || !errors.Is(err, io.EOF) {
				t.Errorf("got %q, then %v", got.String(), err)
			}
			return
		}
		got.Write(message)
	}
}

func TestPingIsAnswered(t *testing.T) {
	pongs := make(chan string, 1)
	c := dialed(t, served(t, func(conn *websocket.Conn, _ *http.Request) {
		conn.SetPongHandler(func(data string) error {
			pongs <- data
			return conn.WriteMessage(websocket.TextMessage, []byte("thanks"))
		})
		if conn.WriteMessage(websocket.PingMessage, []byte("there?")) == nil {
			_, _, _ = conn.ReadMessage()
		}
	}), "/")
	if message, err := c.Next(); err != nil || string(message) != "thanks" {
		t.Fatalf("%q, %v", message, err)
	}
	if got := <-pongs; got != "there?" {
		t.Errorf("the pong carries %q", got)
	}
}

func TestGreetingIsAnswered(t *testing.T) {
	c := dialed(t, served(t, echo), "/")
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	if err := c.Send([]byte("then")); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Next(); err != nil || string(got) != "then" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRefusalOfTheHandshakeIsAnError(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, err := Dial(t.Context(), server.Listener.Addr().String(), "/", 512)
	if err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("the error is %v", err)
	}
}

// socketIO is as much of a server as one client needs to join and to be pinged.
func socketIO(conn *websocket.Conn, r *http.Request) {
	say := func(text string) bool { return conn.WriteMessage(websocket.TextMessage, []byte(text)) == nil }
	hear := func(want string) bool {
		_, data, err := conn.ReadMessage()
		return err == nil && string(data) == want
	}
	q := r.URL.Query()
	if q.Get("room") == "full" {
		_ = say(`0{"sid":"s"}`) && hear("40") && say(`44{"message":"no"}`)
		return
	}
	ok := say(`0{"sid":"s"}`) && hear("40") && say(`40{"sid":"p"}`) && say(`2`) && hear("3") &&
		say(`42["handshake",{"procid":"node-1"}]`) && say("2") && hear("3") &&
		say(`42["hello","`+q.Get("room")+`",`+q.Get("id_user")+`]`)
	if ok {
		_, _, _ = conn.ReadMessage() // until the client leaves
	}
}

func TestJoinsAndAnswersHeartbeats(t *testing.T) {
	address := served(t, socketIO)
	c, err := Join(t.Context(), address, "a&b", "7", 512)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if event, err := c.NextEvent(); err != nil || string(event) != `42["hello","a&b",7]` {
		t.Errorf("%q, %v", event, err)
	}
}

func TestRefusalOfTheRoomIsAnError(t *testing.T) {
	_, err := Join(t.Context(), served(t, socketIO), "full", "7", 512)
	if err == nil || !strings.Contains(err.Error(), `44{`) {
		t.Errorf("the error is %v", err)
	}
}

func TestJoinEndsWithItsContext(t *testing.T) {
	address := served(t, func(conn *websocket.Conn, _ *http.Request) { _, _, _ = conn.ReadMessage() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if c, err := Join(ctx, address, "silent", "1", 512); err == nil {
		c.Close()
		t.Error("joined a server that says nothing")
	}
}
