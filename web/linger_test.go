package web

import (
	"bufio"
	"errors"
	"fmt"
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
	"github.com/rollcall/rollcall/web/gate"
)

// sends makes a request with a body of some bytes as clients do that read no answer
// before they have sent all, and returns the status of the answer.
func (s *site) sends(method, target string, size int, headers ...string) (status int, err error) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	actorstest.Must(s.t, err)
	defer conn.Close()
	actorstest.Must(s.t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n", method, target, s.address, size, strings.Join(headers, ""))
	actorstest.Must(s.t, err)
	if _, err := io.CopyN(conn, zeros{}, int64(size)); err != nil {
		return 0, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.Header.Get("Content-Type") == "application/problem+json" && int64(len(body)) != answer.ContentLength {
		err = errors.New("the answer does not say its length")
	}
	return answer.StatusCode, errors.Join(err, answer.Body.Close())
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Whatever is wrong with a request, who sends megabytes with it gets to know.
func TestAnswersToLongRequestsAreRead(t *testing.T) {
	const size = 2_000_000
	s := newSite(t, func(c *Config) { c.Gate = gate.New("sixteen or more characters") })
	for _, test := range []struct {
		method, target string
		status         int
	}{
		{"PUT", "/users/9", http.StatusRequestEntityTooLarge},
		{"PUT", "/users/%0a", http.StatusNotFound},
		{"POST", "/nowhere", http.StatusNotFound},
		{"POST", "/Maths/users", http.StatusMethodNotAllowed},
		{"POST", "/metrics", http.StatusUnauthorized},
		{"GET", "//users", http.StatusUnprocessableEntity},
		{"OPTIONS", "/users", http.StatusNoContent},
	} {
		for _, header := range []string{"Connection: close\r\n", ""} {
			for range 5 { // a reset is a matter of time
				status, err := s.sends(test.method, test.target, size, header)
				if err != nil || status != test.status {
					t.Errorf("%s %s with %q: %d, %v", test.method, test.target, header, status, err)
				}
			}
		}
	}
}

func TestAnswersOfTheEngineToLongRequestsAreRead(t *testing.T) {
	s := newSite(t)
	for _, target := range []string{"/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=9", "/socket.io/?EIO=4&transport=polling&sid=x"} {
		for range 5 {
			status, err := s.sends("POST", target, 2_000_000, "Connection: close\r\n")
			if err != nil || status/100 != 4 {
				t.Errorf("%s: %d, %v", target, status, err)
			}
		}
	}
}

// A client that waits to be asked for its body is not, and one that sends for ever is
// cut off.
func TestLingeringHasItsBounds(t *testing.T) {
	s := newSite(t)
	conn, err := net.Dial("tcp", s.address)
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

	if _, err := s.sends("POST", "/nowhere", 20*lingerBytes, "Connection: close\r\n"); err == nil {
		t.Error("took all of it")
	}
}

// What is left of a short body does not end its connection.
func TestConnectionsOutliveAnEarlyAnswer(t *testing.T) {
	s := newSite(t)
	conn, err := net.Dial("tcp", s.address)
	actorstest.Must(t, err)
	defer conn.Close()
	actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
	in := bufio.NewReader(conn)
	for range 3 {
		_, err := io.WriteString(conn, "PUT /users/9 HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n"+strings.Repeat(" ", 20_000))
		actorstest.Must(t, err)
		answer, err := http.ReadResponse(in, nil)
		actorstest.Must(t, err)
		_, err = io.Copy(io.Discard, answer.Body)
		actorstest.Must(t, errors.Join(err, answer.Body.Close()))
		if answer.StatusCode != http.StatusRequestEntityTooLarge || answer.Close {
			t.Errorf("%v", answer)
		}
	}
}

func TestConnectionsAreKeptForLongerThanGooglesBalancersDo(t *testing.T) {
	if kept := HTTPServer(nil, Timeouts{}, slog.New(slog.DiscardHandler)).IdleTimeout; kept <= 600*time.Second {
		t.Errorf("%v", kept)
	}
}

// Connections that wait for nothing are closed, and those that wait for something not.
func TestIdleConnectionsAreGivenUp(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	server := httptest.NewUnstartedServer(nil)
	server.Config = HTTPServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
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
