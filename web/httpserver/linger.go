package httpserver

import (
	"io"
	"net/http"
	"time"
)

const (
	// lingerTime is how long a client may go on sending a request that was answered
	// before its end.
	lingerTime = 5 * time.Second

	// lingerBytes is how much it may send. It is far more than anything that is taken.
	lingerBytes = 32 << 20
)

// lingers returns a handler that has the answers of h read. A connection that is
// closed while its client still sends is reset, and many a client then never sees the
// answer that says what was wrong (RFC 9112 §9.6). net/http reads a little, and of a
// request with "Connection: close" nothing. So what the client still sends is read
// and thrown away, behind the answer.
func lingers(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			h.ServeHTTP(w, r)
			return
		}
		body := &trackedBody{ReadCloser: r.Body}
		seen := *r
		seen.Body = body
		h.ServeHTTP(w, &seen)
		if body.ended || !body.asked && r.Header.Get("Expect") != "" {
			return // such a client waits to be asked
		}
		control := http.NewResponseController(w)
		if control.Flush() != nil {
			return // it has become a websocket
		}
		if control.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.CopyN(io.Discard, r.Body, lingerBytes)
		}
	})
}

// trackedBody is a body of which is known how far it was read.
type trackedBody struct {
	io.ReadCloser
	asked, ended bool
}

// Read reads on.
func (b *trackedBody) Read(p []byte) (int, error) {
	b.asked = true
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}
