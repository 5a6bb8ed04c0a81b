//go:build unix

package browser

import (
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// device is a connection of a user to a room. It speaks no more of Engine.IO 4 and
// Socket.IO 5 than it needs to stay: a browser for every device would be too many.
type device struct {
	Socket string // its id_socket

	conn    *websocket.Conn
	writing sync.Mutex    // one may write
	gone    chan struct{} // closed when nobody answers pings any more
}

// join connects a device of a user to a room, until it leaves or the test ends.
func join(t *testing.T, node *harness.Node, room, user string) *device {
	t.Helper()
	return connect(t, node, url.Values{"room": {room}, "id_user": {user}})
}

// connect is join with a query of its own: where tokens are asked for, one is in that.
func connect(t *testing.T, node *harness.Node, query url.Values) *device {
	t.Helper()
	query.Set("EIO", "4")
	query.Set("transport", "websocket")
	conn, response, err := websocket.DefaultDialer.Dial("ws://"+node.Addr+"/socket.io/?"+query.Encode(), nil)
	if err != nil {
		t.Fatalf("connect a device to room %s at %s: %v", query.Get("room"), node.Name, err)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })

	if err := conn.SetReadDeadline(time.Now().Add(harness.Patience)); err != nil {
		t.Fatal(err)
	}
	expect(t, conn, "0") // open
	if err := conn.WriteMessage(websocket.TextMessage, []byte("40")); err != nil {
		t.Fatal(err)
	}
	var connected struct{ SID string }
	if err := json.Unmarshal([]byte(expect(t, conn, "40")), &connected); err != nil {
		t.Fatal(err)
	}
	expect(t, conn, `42["handshake"`) // from now on it is in every roll
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}

	d := &device{Socket: connected.SID, conn: conn, gone: make(chan struct{})}
	go func() {
		defer close(d.gone)
		d.stay()
	}()
	t.Cleanup(d.leave)
	return d
}

// leave cuts the connection.
func (d *device) leave() {
	_ = d.conn.Close()
	<-d.gone
}

// expect reads the next packet, which must begin with prefix, and returns the rest.
func expect(t *testing.T, conn *websocket.Conn, prefix string) string {
	t.Helper()
	_, packet, err := conn.ReadMessage()
	if err != nil {
		t.Fatalf("wait for %s…: %v", prefix, err)
	}
	rest, ok := strings.CutPrefix(string(packet), prefix)
	if !ok {
		t.Fatalf("got %s, want %s…", packet, prefix)
	}
	return rest
}

// emit sends an event, whose arguments are text, and waits for no answer.
func (d *device) emit(t *testing.T, event string, arguments ...string) {
	t.Helper()
	packet, err := json.Marshal(append([]string{event}, arguments...))
	if err == nil {
		err = d.write("42" + string(packet))
	}
	if err != nil {
		t.Fatalf("emit %s: %v", event, err)
	}
}

func (d *device) write(packet string) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	return d.conn.WriteMessage(websocket.TextMessage, []byte(packet))
}

// stay answers the pings of a node until the connection ends.
func (d *device) stay() {
	for {
		_, packet, err := d.conn.ReadMessage()
		if err != nil {
			return
		}
		if string(packet) != "2" {
			continue
		}
		if d.write("3") != nil {
			return
		}
	}
}
