package engine

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/web/httpserver"
)

// Who reads a little all the time is written for as long as it takes; who reads
// nothing is given up after a while.
func TestSlowReadersAreWrittenWhatTheyReadAndStuckOnesAreNot(t *testing.T) {
	const size, step, every = 200 << 10, 4 << 10, 7 * time.Second
	tests := map[string]struct {
		reads int // bytes in all
		takes time.Duration
		err   error
	}{
		"slow":  {size, size / step * every, nil},
		"stuck": {size / 2, (size / 2 / step * every).Truncate(httpserver.WritePatience) + 2*httpserver.WritePatience, os.ErrDeadlineExceeded},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, raw := net.Pipe()
				go func() {
					for range test.reads / step {
						<-time.After(every)
						_, _ = io.ReadFull(client, make([]byte, step))
					}
				}()
				began := time.Now()
				c := NewCork(raw).(*Cork)
				c.Cork()
				_, _ = c.Write(make([]byte, size))
				if err := c.Uncork(); !errors.Is(err, test.err) {
					t.Errorf("failed with %v", err)
				}
				if took := time.Since(began); took != test.takes {
					t.Errorf("took %v, want %v", took, test.takes)
				}
				_ = client.Close()
			})
		})
	}
}

// one is a listener of one connection.
type one struct {
	conn net.Conn
	once sync.Once
	over chan struct{}
}

func (l *one) Accept() (conn net.Conn, err error) {
	l.once.Do(func() { conn = l.conn })
	if conn == nil {
		<-l.over
		err = net.ErrClosed
	}
	return conn, err
}

func (l *one) Close() error   { close(l.over); return nil }
func (l *one) Addr() net.Addr { return l.conn.LocalAddr() }

// A poll's answer, too, takes as long as its client reads.
func TestSlowPollersGetTheirAnswerWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, step, every = 200 << 10, 4 << 10, 2 * time.Second // 51 packets and 102 s
		client, raw := net.Pipe()
		l := &one{conn: raw, over: make(chan struct{})}
		server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			slow := patientWriter{w, http.NewResponseController(w)}
			if err := errors.Join(writePayload(slow, r, make([]byte, size)), slow.flush()); err != nil {
				t.Errorf("cut off: %v", err)
			}
		})}
		go func() { _ = server.Serve(l) }()
		_, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		actorstest.Must(t, err)
		answer, err := http.ReadResponse(bufio.NewReaderSize(client, step), nil)
		actorstest.Must(t, err)
		body := new(bytes.Buffer)
		for body.Len() < size {
			<-time.After(every)
			if _, err := io.CopyN(body, answer.Body, step); err != nil {
				t.Fatalf("after %d bytes: %v", body.Len(), err)
			}
		}
		_ = answer.Body.Close()
		_ = client.Close()
		_ = server.Close()
	})
}
