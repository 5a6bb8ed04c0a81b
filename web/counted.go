package web

import (
	"bufio"
	"net"
	"net/http"
	"time"

	"github.com/rollcall/rollcall/actors/trace"
)

// clientGone is the status of an answer that nobody waited for, as servers log it.
const clientGone = 499

// counted is an answer whose status is noted.
type counted struct {
	http.ResponseWriter
	status int         // 0 until one was written
	span   *trace.Span // not to be slow for a client that reads slowly; nil for none
}

// counting returns w as an answer whose status is noted, which it may be already.
func counting(w http.ResponseWriter) *counted {
	if c, ok := w.(*counted); ok {
		return c
	}
	return &counted{ResponseWriter: w}
}

// WriteHeader notes the status.
func (c *counted) WriteHeader(status int) {
	if c.status < 200 { // 1xx may come before
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write answers with 200 unless another status was written.
func (c *counted) Write(p []byte) (int, error) {
	if c.status < 200 {
		c.status = http.StatusOK
	}
	if c.span == nil {
		return c.ResponseWriter.Write(p)
	}
	begun := time.Now()
	defer func() { c.span.Excuse(time.Since(begun)) }()
	return c.ResponseWriter.Write(p)
}

// Hijack hands the connection over: to a websocket.
func (c *counted) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c.status = http.StatusSwitchingProtocols
	return http.NewResponseController(c.ResponseWriter).Hijack()
}

// Unwrap is for [http.ResponseController].
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// result returns the status that the client got.
func (c *counted) result(r *http.Request) int {
	switch {
	case c.status != 0:
		return c.status
	case r.Context().Err() != nil:
		return clientGone
	default:
		return http.StatusOK
	}
}
