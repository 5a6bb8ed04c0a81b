package web

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/nodetest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/web/engine"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/origins"
	"github.com/rollcall/rollcall/web/webtest"
)

func TestMain(m *testing.M) { actorstest.Main(m) }

// site is a server on a real node, on a port of its own with a listener that
// corks, as in production.
type site struct {
	*Server
	t       *testing.T
	node    *actors.Node
	address string
	api     *webtest.API  // to which what is asked is held
	conns   chan net.Conn // as they were accepted
	unready atomic.Pointer[error]
}

func newSite(t *testing.T, change ...func(*Config)) *site {
	t.Helper()
	node, users := nodetest.Alone(t, 0)

	api, err := webtest.NewAPI(t.Context())
	actorstest.Must(t, err)
	s := &site{t: t, node: node, api: api, conns: make(chan net.Conn, 100)}
	config := Config{
		Node: node, Users: users, Logger: slog.New(slog.DiscardHandler), Ready: s.readiness, Hosts: origins.AnyHost(),
		Pages: fstest.MapFS{
			"index.html":       {Data: []byte("<title>Rollcall</title>")},
			"dash.html":        {Data: []byte("<title>Dashboard · Rollcall</title>")},
			"assets/app-1.js":  {Data: []byte("//")},
			"assets/app-1.css": {Data: []byte("/**/")},
		},
	}
	for _, with := range change {
		with(&config)
	}
	config.Engine = engine.New(engine.Config{
		Sockets: node.Sockets(), Origins: config.Origins, Logger: config.Logger,
		Application: func(query url.Values) socket.Application { return node.Attend(query) },
		Wire: socket.Wire{
			Heartbeat:      session.Heartbeat{Interval: time.Minute, Timeout: time.Minute},
			ConnectTimeout: time.Minute, MaxPayload: 1000, Outbound: 1 << 20,
		},
	})
	s.Server = New(config)
	s.address = serve(t, s, httpserver.Timeouts{}, s.conns)
	return s
}

func (s *site) readiness() error {
	if err := s.unready.Load(); err != nil {
		return *err
	}
	return nil
}

// serve runs a handler until the test ends, with connections that cork, as in
// production, and are noted as they were accepted. It returns host:port.
func serve(t *testing.T, handler http.Handler, timeouts httpserver.Timeouts, accepted chan net.Conn) string {
	t.Helper()
	return webtest.Serve(t, httpserver.New(handler, timeouts, slog.New(slog.DiscardHandler)), func(conn net.Conn) net.Conn {
		select {
		case accepted <- conn:
		default:
		}
		return engine.NewCork(conn)
	})
}

// answer is what a request was answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask makes a request of a target exactly as it is written: no client cleans it.
func (s *site) ask(method, target, body string, header ...string) answer {
	s.t.Helper()
	return s.answer(s.request(method, target, body, header...))
}

func (s *site) request(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "localhost:5009"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func (s *site) answer(r *http.Request) answer {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Result().Body)
	actorstest.Must(s.t, err)
	if err := s.api.Check(r, w.Code, w.Result().Header, text); err != nil {
		s.t.Error(err)
	}
	return answer{w.Code, w.Result().Header, string(text)}
}

func (s *site) get(target string, header ...string) answer {
	s.t.Helper()
	return s.ask(http.MethodGet, target, "", header...)
}
