package engine

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/visitors"
)

// gzipFrom is the size in bytes from which a payload is worth compressing, as in
// the official server.
const gzipFrom = 1024

var errNoMemory = errors.New("as many payloads are held as may be")

// poll answers a GET as soon as there is something for the client.
func (e *Engine) poll(w http.ResponseWriter, r *http.Request, sid string) {
	// The heartbeat bounds how long nothing happens, not the server's timeouts: a
	// client that is gone ends the request's context.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
	delivering := false
	err := e.Sockets.Poll(r.Context(), sid, func(payload []byte) error {
		delivering = true
		slow := patientWriter{w, control}
		return errors.Join(writePayload(slow, r, payload), slow.flush())
	})
	if delivering {
		return // the answer is on its way, or has failed
	}
	e.refused(w, r, err)
}

// post takes in what a client sends.
func (e *Engine) post(w http.ResponseWriter, r *http.Request, sid string) {
	posting, err := e.Sockets.BeginPost(r.Context(), sid)
	if err != nil {
		e.refused(w, r, err)
		return
	}
	payload, give, err := e.payloadOf(w, r)
	defer give()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		posting.Refuse()
		w.Header().Set("Connection", "close") // or net/http would wait for some of the rest
		writeRefusal(w, http.StatusRequestEntityTooLarge, engineio.BadRequest,
			"The payload is too large: at most "+strconv.FormatInt(tooLarge.Limit, 10)+" bytes are taken")
		return
	case errors.Is(err, errNoMemory):
		posting.Refuse()
		turnAway(w, "This node holds as many payloads as it may: send it again in a moment")
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		posting.Lose()
		e.tooSlow(w, r)
		return
	case err != nil:
		posting.Lose()
		e.refused(w, r, err)
		return
	}
	// It is here: that its client may have no ear for the answer changes nothing.
	err = posting.Deliver(context.WithoutCancel(r.Context()), payload)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(httpserver.WritePatience)) // that may have taken its time
	if err != nil {
		e.refused(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "ok")
}

// smallPayload is up to how many bytes a payload is outside of the budget: nearly all of
// them are, and requests are bounded in number. So whoever has all of the budget, and
// sends its bodies slowly, keeps out others with large bodies only.
const smallPayload = quota.SmallPartial

// payloadOf reads what a client sends, when there is memory for it. give is to be called
// when it is held no more.
func (e *Engine) payloadOf(w http.ResponseWriter, r *http.Request) (payload []byte, give func(), err error) {
	most := int64(e.Wire.MaxPayload)
	announced, give := r.ContentLength, func() {}
	switch {
	case announced > most: // to read it first would change nothing
		return nil, give, &http.MaxBytesError{Limit: most}
	case announced < 0:
		announced = most
	}
	if announced > smallPayload {
		ctx, cancel := context.WithTimeout(r.Context(), e.bodyPatience)
		defer cancel()
		if give, err = e.Bodies.Take(ctx, visitors.SiteOf(r.RemoteAddr).String(), int(announced)); err != nil {
			e.Logger.Debug("there is no memory for a payload", "remote", r.RemoteAddr, "bytes", announced)
			return nil, func() {}, errNoMemory
		}
	}
	payload, err = io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	return payload, give, err
}

// tooSlow answers a POST whose body did not come within the time of a request.
func (e *Engine) tooSlow(w http.ResponseWriter, r *http.Request) {
	e.Logger.Debug("a payload came too slowly", "remote", r.RemoteAddr)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(httpserver.WritePatience))
	w.Header().Set("Connection", "close")
	writeRefusal(w, http.StatusRequestTimeout, engineio.BadRequest, "The payload took too long to arrive: send it faster, or in smaller parts")
}

// refused answers a request that failed. It always does: net/http takes silence for
// success, and a client that has sent its last byte may well read on.
func (e *Engine) refused(w http.ResponseWriter, r *http.Request, err error) {
	var why engineio.Refusal
	switch {
	case errors.As(err, &why):
		refuse(w, why)
	case errors.Is(err, context.DeadlineExceeded):
		w.Header().Set("Retry-After", httpserver.RetryAfter)
		writeRefusal(w, http.StatusServiceUnavailable, engineio.BadRequest, "The session does not answer")
	default:
		e.Logger.Debug("a request of a session was cut off", "remote", r.RemoteAddr, "err", err)
		refuse(w, engineio.BadRequest)
	}
}

// writePayload writes a payload of long-polling, compressed if the client takes
// that and it is worth it.
func writePayload(w http.ResponseWriter, r *http.Request, payload []byte) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	if len(payload) < gzipFrom || !httpserver.TakesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Length", strconv.Itoa(len(payload)))
		_, err := w.Write(payload)
		return err
	}
	h.Set("Content-Encoding", "gzip")
	h.Add("Vary", "Accept-Encoding")
	zip := gzip.NewWriter(w)
	_, err := zip.Write(payload)
	return errors.Join(err, zip.Close())
}

// patientWriter writes an answer a piece at a time, each within WritePatience: so that
// who reads slowly, but reads, gets it whole.
type patientWriter struct {
	http.ResponseWriter

	control *http.ResponseController
}

// Write writes p.
func (w patientWriter) Write(p []byte) (written int, err error) {
	for err == nil && written < len(p) {
		n := 0
		_ = w.control.SetWriteDeadline(time.Now().Add(httpserver.WritePatience))
		n, err = w.ResponseWriter.Write(p[written:min(len(p), written+smallFrame)])
		written += n
	}
	return written, err
}

func (w patientWriter) flush() error {
	_ = w.control.SetWriteDeadline(time.Now().Add(httpserver.WritePatience))
	return w.control.Flush()
}
