package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/asynkron/protoactor-go/cluster"
	"go.uber.org/goleak"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/session"
)

// TestMain fails if a goroutine outlives the tests. protoactor counts dead
// letters for a second each time, in a goroutine that ends by itself.
func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	leak := goleak.Find()
	for end := time.Now().Add(5 * time.Second); leak != nil && time.Now().Before(end); {
		leak = goleak.Find()
	}
	if code == 0 && leak != nil {
		fmt.Fprintln(os.Stderr, leak)
		code = 1
	}
	os.Exit(code)
}

// patience is for what must happen; generous, because machines are slow.
const patience = 15 * time.Second

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition holds.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	end, again := time.NewTimer(patience), time.NewTicker(5*time.Millisecond)
	defer end.Stop()
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-end.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// site is a server on a real node, on a port of its own with a listener that
// corks, as in production.
type site struct {
	*Server
	t       *testing.T
	node    *actors.Node
	address string
	corks   chan *spy // the connections as they were accepted
	unready atomic.Pointer[error]
}

func newSite(t *testing.T, change ...func(*Config)) *site {
	t.Helper()
	users, err := identity.Open(t.Context(), filepath.Join(t.TempDir(), "users.db"), quiet())
	must(t, err)
	t.Cleanup(func() { must(t, users.Close()) })
	must(t, users.Migrator().Reset(t.Context()))
	members, err := membership.Start(t.Context(), membership.Config{
		Cluster: "test", Name: "node-1", ActorAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0",
		Kinds: []*cluster.Kind{actors.NewRoomKind()},
	})
	must(t, err)
	t.Cleanup(func() { must(t, members.Shutdown(context.Background())) })
	node, err := actors.Start(actors.Config{Membership: members, Users: users, Logger: quiet()})
	must(t, err)
	t.Cleanup(func() { must(t, node.Stop(context.Background())) })

	s := &site{t: t, node: node, corks: make(chan *spy, 100)}
	config := Config{
		Node: node, Users: users, Logger: quiet(), Ready: s.readiness,
		Wire: actors.Wire{
			Heartbeat:      session.Heartbeat{Interval: time.Minute, Timeout: time.Minute},
			ConnectTimeout: time.Minute, MaxPayload: 1000, Outbound: 1 << 20,
		},
		Pages: fstest.MapFS{
			"index.html":       {Data: []byte("<title>Rollcall</title>")},
			"assets/app-1.js":  {Data: []byte("//")},
			"assets/app-1.css": {Data: []byte("/**/")},
		},
	}
	for _, with := range change {
		with(&config)
	}
	s.Server = New(config)
	s.serve()
	return s
}

func (s *site) readiness() error {
	if err := s.unready.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *site) serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(s.t, err)
	s.address = l.Addr().String()
	server := HTTPServer(s.Server, quiet())
	served := make(chan error, 1)
	go func() { served <- server.Serve(corking{l, s.corks}) }()
	s.t.Cleanup(func() {
		must(s.t, server.Close())
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			s.t.Error(err)
		}
	})
}

// corking is a listener whose connections cork, with a spy below.
type corking struct {
	net.Listener
	accepted chan *spy
}

func (c corking) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	raw := &spy{Conn: conn}
	select {
	case c.accepted <- raw:
	default:
	}
	return NewCork(raw), nil
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
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Result().Body)
	must(s.t, err)
	return answer{w.Code, w.Result().Header, string(text)}
}

func (s *site) get(target string, header ...string) answer {
	s.t.Helper()
	return s.ask(http.MethodGet, target, "", header...)
}
