//go:build unix

package harness

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/rollcall/rollcall/web/webtest"
)

// described holds every answer that passes through it to the description of the API, and
// fails the test in its end if one was not as that says.
type described struct {
	next http.RoundTripper
	api  *webtest.API

	mu    sync.Mutex
	wrong []error // the first few
}

// mostWrong is how many answers are shown that are wrong.
const mostWrong = 5

func newDescribed(t testing.TB, next http.RoundTripper) *described {
	t.Helper()
	api, err := webtest.NewAPI(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := &described{next: next, api: api}
	t.Cleanup(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, err := range d.wrong {
			t.Error(err)
		}
	})
	return d
}

// RoundTrip passes a request on, and the answer back as it is.
func (d *described) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := d.next.RoundTrip(r)
	if err != nil || !d.api.Describes(r) {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil { // it was cut off, which whoever asked is to see
		response.Body = cutOff{io.MultiReader(bytes.NewReader(body), failing{err}), response.Body}
		return response, nil
	}
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err := d.api.Check(r, response.StatusCode, response.Header, body); err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		if len(d.wrong) < mostWrong {
			d.wrong = append(d.wrong, err)
		}
	}
	return response, nil
}

type (
	cutOff struct {
		io.Reader
		io.Closer
	}
	failing struct{ err error }
)

func (f failing) Read([]byte) (int, error) { return 0, f.err }
