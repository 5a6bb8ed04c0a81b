//go:build unix

package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// complaints are what a page's console shows in red: exceptions that nobody
// caught, errors that a script or the browser logged, such as a file that is not
// there, and whatever the Content-Security-Policy forbade. A request that leaves
// the page's origin is one too.
type complaints struct {
	host string // of the page

	mu        sync.Mutex
	lines     []string
	addresses []string // that the page asked for
}

// hear is a listener of chromedp.
func (c *complaints) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		c.add("exception", text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			c.add("console", said(e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
			c.add(string(e.Entry.Source), e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		c.stayHome(e.Request.URL)
	case *network.EventWebSocketCreated:
		c.stayHome(e.URL)
	}
}

// stayHome notes a request, and complains of one to another host than the page's.
func (c *complaints) stayHome(address string) {
	c.mu.Lock()
	c.addresses = append(c.addresses, address)
	c.mu.Unlock()
	to, err := url.Parse(address)
	switch {
	case err != nil:
		c.add("request", address)
	case to.Host != "" && to.Host != c.host: // without a host it goes nowhere: data:, blob:, about:
		c.add("foreign request", address)
	}
}

func said(arguments []*runtime.RemoteObject) string {
	var words []string
	for _, a := range arguments {
		if a.Description != "" {
			words = append(words, a.Description)
		} else {
			words = append(words, a.Value.String())
		}
	}
	return strings.Join(words, " ")
}

func (c *complaints) add(kind, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, kind+": "+text)
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.lines)
}

// asked returns the addresses that the page has asked for.
func (c *complaints) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.addresses)
}

// forget returns the complaints and keeps none.
func (c *complaints) forget() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := c.lines
	c.lines = nil
	return lines
}

// Without this, the other tests would prove little.
func TestEveryKindOfComplaintIsHeard(t *testing.T) {
	const document = `<!doctype html><link rel="icon" href="/icon.svg"><script>inline</script><img src="/missing.png"><script src="/app.js"></script>`
	const script = `
		console.log('all is well');
		console.error('said', 42);
		Promise.reject(new Error('rejected'));
		fetch('http://%[1]s/far');
		new WebSocket('ws://%[1]s/live');
		throw new Error('thrown');`
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/live" {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			return
		}
		upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
		if conn, err := upgrader.Upgrade(w, r, nil); err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(elsewhere.Close)
	far := elsewhere.Listener.Addr().String()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Security-Policy", "default-src 'self'; connect-src *")
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, document)
		case "/icon.svg": // without one, its absence is a complaint too
		case "/app.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprintf(w, script, far)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(site.Close) // after the page is closed, which may still ask for its icon

	p := startBrowser(t).open(t, site.URL)
	wants := []string{"Content Security Policy", "/missing.png", `console: "said" 42`, "foreign request: http://" + far, "foreign request: ws://" + far, "Error: rejected", "Error: thrown"}
	harness.Eventually(t, harness.Patience, func() error {
		heard := p.complaints.all()
		for _, want := range wants {
			if !slices.ContainsFunc(heard, func(line string) bool { return strings.Contains(line, want) }) {
				return fmt.Errorf("no complaint of %q in %q", want, heard)
			}
		}
		return nil
	})
	if heard := p.complaints.forget(); slices.ContainsFunc(heard, func(line string) bool { return strings.Contains(line, "all is well") }) {
		t.Errorf("what is no error was taken for one: %q", heard)
	}
}
