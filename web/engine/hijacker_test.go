package engine

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// Frames may come in the same segment as the upgrade request, and several in one
// (docs/wire.md, "Websockets").
func TestFramesThatCameWithTheUpgrade(t *testing.T) {
	s := newEchoSite(t)
	for _, cut := range []int{0, 1, 5} { // of the frames, that come later
		var dialer net.Dialer
		conn, err := dialer.DialContext(t.Context(), "tcp", s.address)
		actorstest.Must(t, err)
		actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
		segment := "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + s.address + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
			maskedText("4one") + maskedText("4another")
		now, later := segment[:len(segment)-cut], segment[len(segment)-cut:]
		_, err = io.WriteString(conn, now)
		actorstest.Must(t, err)
		in := bufio.NewReader(conn)
		answer, err := http.ReadResponse(in, nil)
		actorstest.Must(t, err)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("status %d", answer.StatusCode)
		}
		_, err = io.WriteString(conn, later)
		actorstest.Must(t, err)
		var got bytes.Buffer
		for !strings.Contains(got.String(), "4another") {
			b, err := in.ReadByte()
			if err != nil {
				t.Fatalf("%d bytes later: %v after %q", cut, err, got.String())
			}
			got.WriteByte(b)
		}
		actorstest.Must(t, conn.Close())
	}
}

// maskedText is a short text frame of a client, masked with zeros.
func maskedText(text string) string {
	return string([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}) + text
}

func TestEarlyBytesAreReadFirst(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		_, _ = there.Write([]byte("later"))
		_ = there.Close()
	}()
	c := &earlyConn{Conn: here, early: []byte("early ")}
	if c.NetConn() != here {
		t.Error("not the connection below")
	}
	got, err := io.ReadAll(io.MultiReader(io.LimitReader(c, 3), c))
	if actorstest.Must(t, err); string(got) != "early later" {
		t.Errorf("read %q", got)
	}
}

func TestHijackerWithoutEarlyBytesChangesNothing(t *testing.T) {
	hijacked := make(chan net.Conn, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := hijacker{w, nil}.Hijack()
		if err != nil {
			t.Error(err)
		}
		hijacked <- conn
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	actorstest.Must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	actorstest.Must(t, err)
	got := <-hijacked
	if _, early := got.(*earlyConn); early {
		t.Error("a connection without early bytes was covered")
	}
	actorstest.Must(t, got.Close())
	if _, _, err := (hijacker{httptest.NewRecorder(), nil}).Hijack(); err == nil {
		t.Error("hijacked what cannot be")
	}
}
