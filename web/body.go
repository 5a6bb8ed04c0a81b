package web

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
)

// longestBody is the size that the body of a request may have, in bytes.
const longestBody = 16 << 10

// bodyWithin reads a body of at most so many bytes. It is judged by its size first:
// whatever else is wrong with one that is too large, it was not read.
func bodyWithin(w http.ResponseWriter, r *http.Request, longest int64) ([]byte, error) {
	begun := time.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longest))
	trace.From(r.Context()).Excuse(time.Since(begun))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, problem.New(problem.TooLarge, "The body may have at most %d bytes", tooLarge.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, problem.New(problem.TooSlow, "The body took too long to arrive: send it faster")
	case err != nil:
		return nil, problem.Wrap(err, problem.Invalid, "The body was cut off before its end")
	}
	return body, nil
}
