package webtest

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// Client is a client over a real websocket.
type Client struct {
	*websocket.Conn
	Answer *http.Response // to its handshake
	t      *testing.T
}

// Dial opens a websocket, which is closed when the test ends.
func Dial(t *testing.T, url string, change ...func(*websocket.Dialer)) *Client {
	t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: actorstest.Patience}
	for _, with := range change {
		with(&dialer)
	}
	conn, response, err := dialer.DialContext(t.Context(), url, nil)
	actorstest.Must(t, err)
	_ = response.Body.Close()
	actorstest.Must(t, conn.SetReadDeadline(time.Now().Add(actorstest.Patience)))
	t.Cleanup(func() { _ = conn.Close() })
	return &Client{conn, response, t}
}

// Say sends text frames.
func (c *Client) Say(frames ...string) {
	c.t.Helper()
	for _, f := range frames {
		actorstest.Must(c.t, c.WriteMessage(websocket.TextMessage, []byte(f)))
	}
}

// Hear returns the next message that begins so.
func (c *Client) Hear(prefix string) string {
	c.t.Helper()
	for {
		_, data, err := c.ReadMessage()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", prefix, err)
		}
		if strings.HasPrefix(string(data), prefix) {
			return string(data)
		}
	}
}

// Closed returns with which code the server closes.
func (c *Client) Closed() int {
	c.t.Helper()
	for {
		_, _, err := c.ReadMessage()
		if err == nil {
			continue
		}
		var e *websocket.CloseError
		if !errors.As(err, &e) {
			c.t.Fatalf("closed without a goodbye: %v", err)
		}
		return e.Code
	}
}
