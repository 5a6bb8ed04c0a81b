package webtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// Raw is a connection over which a test writes HTTP by hand.
type Raw struct {
	*net.TCPConn
	t *testing.T
}

// Begin begins a request: its head, and as much of its body as is given.
func Begin(t *testing.T, address, method, target, body string, length int, headers ...string) *Raw {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	actorstest.Must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n%s", method, target, address, length, strings.Join(headers, ""), body)
	actorstest.Must(t, err)
	return &Raw{conn.(*net.TCPConn), t}
}

// Reads returns the answer.
func (r *Raw) Reads() (status int, header http.Header, body string) {
	r.t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(r), nil)
	actorstest.Must(r.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	actorstest.Must(r.t, err)
	return answer.StatusCode, answer.Header, string(text)
}

// SendsAll makes a request with a body of some bytes as clients do that read no answer
// before they have sent all, and returns the status of the answer.
func SendsAll(t *testing.T, address, method, target string, size int, headers ...string) (status int, err error) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	actorstest.Must(t, err)
	defer conn.Close()
	actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n", method, target, address, size, strings.Join(headers, ""))
	actorstest.Must(t, err)
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

// Read reads zeros.
func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
