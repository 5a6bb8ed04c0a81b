package httpserver

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/web/webtest"
)

// A client that waits to be asked for its body is not, and one that sends for ever is
// cut off.
func TestLingeringHasItsBounds(t *testing.T) {
	address := webtest.Serve(t, New(http.NotFoundHandler(), Timeouts{}, slog.New(slog.DiscardHandler)), func(conn net.Conn) net.Conn { return conn })
	conn, err := net.Dial("tcp", address)
	actorstest.Must(t, err)
	defer conn.Close()
	actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
	_, err = io.WriteString(conn, "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n")
	actorstest.Must(t, err)
	start := time.Now()
	got, err := io.ReadAll(conn) // the server closes, as it cannot know whether the body comes
	if !strings.HasPrefix(string(got), "HTTP/1.1 404") || err != nil || time.Since(start) >= lingerTime {
		t.Errorf("%q, %v after %v", got, err, time.Since(start))
	}

	if _, err := webtest.SendsAll(t, address, "POST", "/nowhere", 20*lingerBytes, "Connection: close\r\n"); err == nil {
		t.Error("took all of it")
	}
}

func TestConnectionsAreKeptForLongerThanGooglesBalancersDo(t *testing.T) {
	if kept := New(nil, Timeouts{}, slog.New(slog.DiscardHandler)).IdleTimeout; kept <= 600*time.Second {
		t.Errorf("%v", kept)
	}
}

// Connections that wait for nothing are closed, and those that wait for something not.
func TestIdleConnectionsAreGivenUp(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	server := httptest.NewUnstartedServer(nil)
	server.Config = New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(asked)
			<-answer
		}
	}), Timeouts{}, slog.New(slog.DiscardHandler))
	server.Start()
	t.Cleanup(server.Close)
	dial := func(path string) *bufio.Reader {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		actorstest.Must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
		_, err = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		actorstest.Must(t, err)
		return bufio.NewReader(conn)
	}
	read := func(in *bufio.Reader) {
		got, err := http.ReadResponse(in, nil)
		actorstest.Must(t, err)
		actorstest.Must(t, got.Body.Close())
	}
	idle, busy := dial("/"), dial("/slow")
	read(idle)
	<-asked
	gone := make(chan error, 1)
	go func() {
		_, err := idle.ReadByte()
		gone <- err
	}()
	actorstest.Eventually(t, "the idle one to be closed", func() bool { // it becomes idle behind its answer
		CloseIdle(server.Config)
		select {
		case err := <-gone:
			return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
		default:
			return false
		}
	})
	close(answer)
	read(busy)
}
