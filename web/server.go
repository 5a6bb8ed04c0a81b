package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/apikey"
	"github.com/rollcall/rollcall/web/gate"
	"github.com/rollcall/rollcall/web/origins"
	"github.com/rollcall/rollcall/web/visitors"
)

// Users is the user store as the routes read it.
type Users interface {
	User(ctx context.Context, id string) (identity.User, error)
	Users(ctx context.Context, ids []string) ([]identity.User, error)
	Page(ctx context.Context, after string, limit int) ([]identity.User, error)
}

// Config says what a Server serves and how.
type Config struct {
	Node    *actors.Node
	Users   Users
	Engine  http.Handler   // serves /socket.io/
	Origins []string       // whose pages may read the answers, connect and change users; "*" for any
	Hosts   origins.Hosts  // by which this server is called
	Pages   fs.FS          // index.html, dash.html, assets/ and client/
	Ready   func() error   // why no client should be sent here, nil if one should
	Checks  func() []Check // what that was judged by; nil to show nothing
	Logger  *slog.Logger

	Access access.Verifier // of the tokens by which users say who they are; nil to ask nobody
	Keys   apikey.Keys     // of backends

	Gate      gate.Gate         // before what is for operators
	Dashboard Dashboard         // answers below /api/dash; nil for none
	Metrics   http.Handler      // answers /metrics; nil for none
	Requests  *metrics.Requests // counts what is answered; nil to count nothing

	Underway *visitors.Table // requests, besides those of sessions; nil for any number
	Writes   *visitors.Rate  // by which users are changed; nil for any

	// TrustTraceparent has anybody decide whether their requests are traced.
	TrustTraceparent bool
}

// Server answers HTTP requests.
type Server struct {
	node    *actors.Node
	users   Users
	engine  http.Handler
	origins origins.Origins
	pages   fs.FS
	client  clientFiles
	ready   func() error
	checks  func() []Check
	log     *slog.Logger

	access    access.Verifier
	keys      apikey.Keys
	gate      gate.Gate
	dashboard Dashboard
	metrics   http.Handler
	requests  *metrics.Requests

	hosts    origins.Hosts
	strange  *origins.Refusals // of names that are not among them
	underway *visitors.Table
	writes   *visitors.Rate

	trustTraceparent bool

	routes mux
}

// New returns a server.
func New(config Config) *Server {
	if config.Requests == nil {
		config.Requests = new(metrics.Requests)
	}
	if config.Checks == nil {
		config.Checks = func() []Check { return nil }
	}
	s := &Server{
		access: config.Access, keys: config.Keys,
		gate: config.Gate, dashboard: config.Dashboard, metrics: config.Metrics, requests: config.Requests,
		node: config.Node, users: config.Users, engine: config.Engine,
		origins: origins.New(config.Origins, config.Logger), pages: config.Pages, client: newClientFiles(config.Pages),
		ready: config.Ready, checks: config.Checks, log: config.Logger,
		hosts: config.Hosts, strange: origins.NewRefusals(config.Logger), underway: config.Underway, writes: config.Writes,
		trustTraceparent: config.TrustTraceparent,
	}
	table := s.table()
	for i := range table {
		table[i].handle = s.guard(table[i])
	}
	s.routes = newMux(table)
	return s
}

// ServeHTTP answers a request, and counts it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := segments(r.URL.EscapedPath())
	at := s.routes.find(path)
	at.name(r, path)
	answer := counting(w)
	defer func() { s.requests.Answered(at.class, answer.result(r)) }()
	s.enter(answer, r, at)
}

// enter lets a request in, by the door of the place that it is for.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, at *place) {
	if at.door == healthDoor {
		s.answer(w, r, at)
		return
	}
	if err := s.hosts.Admit(r); err != nil {
		s.strange.TellHost(r)
		s.fail(w, r, err)
		return
	}
	switch at.door {
	case fileDoor: // modules are loaded with CORS, and the file is everybody's
		w.Header().Set("Access-Control-Allow-Origin", "*")
		at.serve(w, r)
		return
	case engineDoor:
		at.serve(w, r)
		return
	}
	site := visitors.SiteOf(r.RemoteAddr)
	if err := s.underway.Enter(site); err != nil {
		tooMany(w, err)
		return
	}
	defer s.underway.Leave(site)
	s.answer(w, r, at)
}

// answer answers a request that is not of a session.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, at *place) {
	// A client that has said all may close its half of the connection and read on,
	// which net/http takes for its end. What follows bounds its own time.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	if at.door == operatorDoor {
		s.operator(at.serve)(w, r) // no pages of other origins, whatever --cors-origin says
		return
	}
	s.origins.Allow(w, r)
	at.serve(w, r)
}

// nothing answers where there is nothing.
func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, problem.New(problem.NotFound, "There is nothing at %s: see the routes in the README, such as /Maths/users", r.URL.Path))
}
