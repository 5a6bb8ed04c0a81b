//go:build linux

package attacks

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// session makes a polling session that has said CONNECT, leaves it alone, and returns
// where it is.
func (b *band) session(handshake string) (at string, err error) {
	conn, at, err := b.handshake(handshake)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request(http.MethodPost, at, "40")); err != nil {
		return "", err
	}
	_, err = conn.Read(make([]byte, 1))
	return at, err
}

// posts makes a polling session, and sends it the same body over and over.
func (b *band) posts(handshake, body string) error {
	conn, at, err := b.handshake(handshake)
	if err != nil {
		return err
	}
	defer conn.Close()
	b.busy.Go(func() { _ = b.drain(conn) })
	if _, err := io.WriteString(conn, request(http.MethodPost, at, "40")); err != nil {
		return err
	}
	return b.pour(conn, always([]byte(request(http.MethodPost, at, body))))
}

// handshake begins a polling session, and returns where it is.
func (b *band) handshake(path string) (conn net.Conn, at string, err error) {
	if conn, err = b.dial(); err != nil {
		return nil, "", err
	}
	if _, err := io.WriteString(conn, get(path)); err != nil {
		return nil, "", err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	var open struct{ SID string }
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		b.count("refused", 1)
		err = errNotWelcome
	}
	if err == nil {
		err = json.Unmarshal([]byte(strings.TrimPrefix(string(text), "0")), &open)
	}
	if err != nil {
		_ = conn.Close()
		return nil, "", err
	}
	b.count("sessions", 1)
	return conn, fmt.Sprintf("/socket.io/?EIO=4&transport=polling&sid=%s", open.SID), nil
}
