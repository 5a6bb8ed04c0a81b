package engine

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/visitors"
)

const (
	// readBuffer suits what clients send: pongs, and small events. It is held by
	// every idle connection.
	readBuffer = 512

	// deflateFrom is the size in bytes from which a message is worth compressing.
	deflateFrom = 1024

	// smallFrame is how many bytes a frame may have to be written as it is. One that
	// has more may take who reads slowly longer than WritePatience.
	smallFrame = 16 << 10

	// closePatience is how long a client has to answer the closing handshake.
	closePatience = time.Second
)

func newUpgrader(deflate bool) websocket.Upgrader {
	return websocket.Upgrader{
		EnableCompression: deflate,
		HandshakeTimeout:  httpserver.WritePatience,
		ReadBufferSize:    readBuffer,
		WriteBufferPool:   &sync.Pool{},
		CheckOrigin:       func(*http.Request) bool { return true }, // checked before
		Error: func(w http.ResponseWriter, _ *http.Request, _ int, _ error) {
			refuse(w, engineio.BadRequest)
		},
	}
}

// upgrade makes the connection of a request a websocket.
func (e *Engine) upgrade(w http.ResponseWriter, r *http.Request, version engineio.Version) (*websocketTransport, error) {
	frames := new(frameWatch)
	below := newPaced(frames, &e.Wire.Limits)
	conn, err := e.upgrader.Upgrade(hijacker{w, below}, r, subprotocol(r))
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(int64(e.Wire.MaxPayload))
	t := &websocketTransport{
		conn: conn, paced: below, cork: corkOf(conn.NetConn()), most: e.Wire.MaxPayload,
		version: version, base64: httpserver.ParseQuery(r.URL.RawQuery).Get("b64") != "",
		partials: e.Partials, site: visitors.SiteOf(r.RemoteAddr).String(),
	}
	answer := conn.CloseHandler()
	conn.SetCloseHandler(func(code int, text string) error {
		if frames.badClose {
			t.end(websocket.CloseProtocolError, "a close frame has no body, or a code of two bytes")
			return websocket.ErrReadLimit
		}
		return answer(code, text)
	})
	return t, nil
}

// subprotocol returns the header that accepts the first subprotocol that a client
// offers, as the official server does: browsers give up if it is none. We speak the
// same in all.
func subprotocol(r *http.Request) http.Header {
	for _, offered := range websocket.Subprotocols(r) {
		if offered != "" {
			return http.Header{"Sec-Websocket-Protocol": {offered}}
		}
	}
	return nil
}

// websocketTransport carries a socket's packets over a websocket.
type websocketTransport struct {
	conn  *websocket.Conn
	paced *paced // below conn
	cork  *Cork  // below that; nil if the listener does not cork
	most  int    // bytes of one message from the client
	once  sync.Once

	version engineio.Version
	base64  bool // the client takes no binary frames

	partials *quota.Partials
	site     string
	partial  *quota.Partial // of a message under way; nil before the first that is large
	gaveWay  atomic.Bool
}

var (
	_ socket.Transport = (*websocketTransport)(nil)
	_ socket.Paced     = (*websocketTransport)(nil)
)

// Write writes all frames in one system call.
func (t *websocketTransport) Write(frames []*outbox.Frame) error {
	if t.cork == nil || len(frames) == 1 && len(frames[0].Data) <= smallFrame {
		_ = t.conn.SetWriteDeadline(time.Now().Add(httpserver.WritePatience))
		return t.writeAll(frames)
	}
	t.cork.Cork()
	err := t.writeAll(frames)
	return errors.Join(err, t.cork.Uncork())
}

func (t *websocketTransport) writeAll(frames []*outbox.Frame) error {
	for _, f := range frames {
		if err := t.write(f); err != nil {
			return err
		}
	}
	return nil
}

func (t *websocketTransport) write(f *outbox.Frame) error {
	t.conn.EnableWriteCompression(len(f.Data) >= deflateFrom) // if it was negotiated
	if f.Binary && t.base64 {
		return t.conn.WriteMessage(websocket.TextMessage, t.version.TextOf(f.Data))
	}
	if !f.Shared {
		return t.conn.WriteMessage(messageType(f), f.Data)
	}
	switch prepared := f.Prepared(prepare).(type) {
	case *websocket.PreparedMessage:
		return t.conn.WritePreparedMessage(prepared)
	case error:
		return prepared
	default:
		return errors.New("a frame was prepared by another transport")
	}
}

// prepare encodes a frame once for all the connections that it is sent on.
func prepare(f *outbox.Frame) any {
	prepared, err := websocket.NewPreparedMessage(messageType(f), f.Data)
	if err != nil {
		return err
	}
	return prepared
}

func messageType(f *outbox.Frame) int {
	if f.Binary {
		return websocket.BinaryMessage
	}
	return websocket.TextMessage
}

// read passes on what the client sends, until the connection ends.
func (t *websocketTransport) read(line *socket.Line) {
	defer t.conn.Close()
	for {
		kind, data, err := t.next(line.Ready)
		if err != nil {
			told := t.sayWhy(err)
			line.Lost(lossOf(err))
			if told {
				t.paced.drain()
			}
			return
		}
		if kind == websocket.TextMessage && !utf8.Valid(data) {
			// RFC 6455 §8.1; gorilla does not look.
			t.end(websocket.CloseInvalidFramePayloadData, "text must be UTF-8")
			line.Lost(session.ParseError)
			return
		}
		// False once the socket has ended: then this reads on for the client's
		// half of the closing handshake, for closePatience at most.
		_ = line.Receive(data, kind == websocket.BinaryMessage)
	}
}

// sayWhy tells the client why it is read no more, if that is not clear to it.
func (t *websocketTransport) sayWhy(err error) (told bool) {
	var flooded flood
	switch {
	case errors.As(err, &flooded):
		t.end(websocket.ClosePolicyViolation, flooded.Error())
	case errors.Is(err, errGaveWay):
		t.end(websocket.CloseTryAgainLater, string(session.GaveWay))
	default:
		return false
	}
	return true
}

// next reads one message, of which the body when ready returns. gorilla judges its size
// by the frames' headers, and so before it is decompressed; what comes out is bounded
// here.
func (t *websocketTransport) next(ready func()) (kind int, data []byte, err error) {
	kind, from, err := t.conn.NextReader()
	if err != nil {
		return 0, nil, err
	}
	ready()
	data, err = io.ReadAll(&partialMessage{from: io.LimitReader(from, int64(t.most)+1), t: t})
	t.partial.Holds(0)
	if err == nil && len(data) > t.most {
		t.end(websocket.CloseMessageTooBig, "the message is too large")
		return 0, nil, websocket.ErrReadLimit
	}
	return kind, data, err
}

// errGaveWay is why a message is not read to its end whose memory others needed.
var errGaveWay = errors.New("as much is held of unfinished messages as may be")

// partialMessage counts what has come of a message.
type partialMessage struct {
	from io.Reader
	t    *websocketTransport
	has  int // bytes
}

// Read reads on, unless the message has to give way.
func (m *partialMessage) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.has += n
	m.t.holds(m.has)
	if m.t.gaveWay.Load() {
		return n, errGaveWay
	}
	return n, err
}

func (t *websocketTransport) holds(bytes int) {
	if t.partial == nil && bytes > quota.SmallPartial {
		t.partial = t.partials.Begin(t.site, t.giveWay)
	}
	t.partial.Holds(bytes)
}

// giveWay has the message under way not be read any further.
func (t *websocketTransport) giveWay() {
	t.gaveWay.Store(true)
	_ = t.conn.SetReadDeadline(time.Unix(1, 0))
}

// HeldUntil returns until when the client was not read, since it was ahead of its limits.
func (t *websocketTransport) HeldUntil(now time.Time) time.Time { return t.paced.HeldUntil(now) }

// lossOf says why a read failed.
func lossOf(err error) session.Reason {
	var closed *websocket.CloseError
	var flooded flood
	switch {
	case errors.As(err, &flooded) && flooded.by == quota.WireBytes:
		return session.TooManyBytes
	case errors.As(err, &flooded):
		return session.TooManyFrames
	case errors.As(err, &closed):
		return session.TransportClose
	case errors.Is(err, errGaveWay):
		return session.GaveWay
	case errors.Is(err, websocket.ErrReadLimit):
		return session.ParseError // the client was told: 1009, or 1002
	default:
		return session.TransportError
	}
}

// Close ends the connection. A connection that is gone, or whose client does not
// read, is cut off; otherwise the client gets a closing handshake.
func (t *websocketTransport) Close(reason session.Reason) {
	switch reason {
	case session.TransportClose, session.TransportError, session.PingTimeout:
		_ = t.conn.Close()
	case session.ShuttingDown:
		t.end(websocket.CloseGoingAway, string(reason))
	case session.ServerError:
		t.end(websocket.CloseInternalServerErr, string(reason))
	case session.Overloaded, session.GaveWay:
		t.end(websocket.CloseTryAgainLater, string(reason))
	case session.TooManyPackets, session.TooManyBytes, session.TooManyFrames, session.TooManyEvents,
		session.UserRemoved, session.TokenExpired, session.TokenRevoked:
		t.end(websocket.ClosePolicyViolation, string(reason))
	case session.ParseError:
		t.end(websocket.CloseProtocolError, string(reason))
	default:
		t.end(websocket.CloseNormalClosure, string(reason))
	}
}

func (t *websocketTransport) end(code int, text string) {
	t.once.Do(func() {
		deadline := time.Now().Add(closePatience)
		if t.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), deadline) != nil {
			_ = t.conn.Close()
			return
		}
		_ = t.conn.SetReadDeadline(deadline)
	})
}
