package engine

import (
	"errors"
	"io"
	"time"

	"github.com/rollcall/rollcall/actors/quota"
)

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
