package engine

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
)

// The size is judged by the frame's header, before its bytes are read.
func TestOversizeIsJudgedByTheHeader(t *testing.T) {
	s := newEchoSite(t)
	c := s.connects("EIO=4&transport=websocket")
	header := []byte{0x81, 0x80 | 127, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	_, err := c.NetConn().Write(header)
	actorstest.Must(t, err)
	if code := c.Closed(); code != websocket.CloseMessageTooBig {
		t.Errorf("closed with %d", code)
	}
}

func TestShutdownSaysGoodbye(t *testing.T) {
	s := newEchoSite(t)
	c := s.connects("EIO=4&transport=websocket")
	c.Hear("0")
	code := make(chan int, 1)
	go func() { code <- c.Closed() }()
	actorstest.Must(t, s.sockets.CloseAll(t.Context()))
	if got := <-code; got != websocket.CloseGoingAway {
		t.Errorf("closed with %d", got)
	}
}

func TestCloseTellsTheClientWhy(t *testing.T) {
	tests := map[session.Reason]int{
		session.ShuttingDown:     websocket.CloseGoingAway,
		session.ServerError:      websocket.CloseInternalServerErr,
		session.UserRemoved:      websocket.ClosePolicyViolation,
		session.TokenExpired:     websocket.ClosePolicyViolation,
		session.TokenRevoked:     websocket.ClosePolicyViolation,
		session.ParseError:       websocket.CloseProtocolError,
		session.ServerDisconnect: websocket.CloseNormalClosure,
		session.ConnectTimeout:   websocket.CloseNormalClosure,
		session.PingTimeout:      0, // it does not listen: cut off
		session.TransportError:   0,
		session.TransportClose:   0,
	}
	for reason, want := range tests {
		t.Run(string(reason), func(t *testing.T) {
			ws, _, conn := piped(t)
			ws.Close(reason)
			ws.Close(session.ShuttingDown)
			_, _, err := conn.ReadMessage()
			var e *websocket.CloseError
			if code := 0; errors.As(err, &e) && e.Code != websocket.CloseAbnormalClosure {
				code = e.Code
				if code != want || e.Text != string(reason) {
					t.Errorf("closed with %v, want %d", e, want)
				}
			} else if want != 0 {
				t.Errorf("cut off: %v", err)
			}
		})
	}
}

func TestLossOf(t *testing.T) {
	tests := []struct {
		err  error
		want session.Reason
	}{
		{&websocket.CloseError{Code: websocket.CloseNormalClosure}, session.TransportClose},
		{&websocket.CloseError{Code: websocket.CloseGoingAway}, session.TransportClose},
		{websocket.ErrReadLimit, session.ParseError},
		{net.ErrClosed, session.TransportError},
		{io.ErrUnexpectedEOF, session.TransportError},
	}
	for _, test := range tests {
		if got := lossOf(fmt.Errorf("read: %w", test.err)); got != test.want {
			t.Errorf("%v is %q, want %q", test.err, got, test.want)
		}
	}
}

// RFC 6455 §5.5.1 and §7.4: how the close frames of clients are answered.
func TestCloseFrameIsAnswered(t *testing.T) {
	s := newEchoSite(t)
	tests := []struct {
		name string
		body string
		want []byte // the answer's body
	}{
		{"empty", "", nil},
		{"one byte", "\x03", nil},
		{"normal", "\x03\xe8", []byte("\x03\xe8")},
		{"with a reason", "\x03\xe9gone", []byte("\x03\xe9")},
		{"a code that must not be sent", "\x03\xed", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := s.connects("EIO=4&transport=websocket")
			frame := append([]byte{0x88, 0x80 | byte(len(test.body)), 0, 0, 0, 0}, test.body...)
			_, err := c.NetConn().Write(frame)
			actorstest.Must(t, err)
			code := c.Closed()
			want := websocket.CloseProtocolError
			switch {
			case test.body == "":
				want = websocket.CloseNoStatusReceived
			case test.want != nil:
				want = int(test.want[0])<<8 | int(test.want[1])
			}
			if code != want {
				t.Errorf("answered %d, want %d", code, want)
			}
		})
	}
	s.isGone()
}
