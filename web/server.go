package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"

	"golang.org/x/time/rate"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/quota"
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
	Answers  *quota.Budget   // bytes of answers about many users, until they are taken; nil for any

	// TrustTraceparent has anybody decide whether their requests are traced.
	TrustTraceparent bool
}

// Server answers HTTP requests.
type Server struct {
	Config
	origins origins.Origins
	client  clientFiles
	strange *origins.Refusals // of names that are not among its hosts
	routes  mux

	unserved *rate.Limiter // of what is logged of requests that are refused for now
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
		Config: config, origins: origins.New(config.Origins, config.Logger), client: newClientFiles(config.Pages),
		strange: origins.NewRefusals(config.Logger), unserved: rate.NewLimiter(unservedASecond, unservedAtOnce),
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
	at := s.routes.find(segments(r.URL.EscapedPath()))
	answer := counting(w)
	defer func() { s.Requests.Answered(at.class, answer.result(r)) }()
	s.enter(answer, r, at)
}

// enter lets a request in, by the door of the place that it is for.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, at *place) {
	if at.door == healthDoor {
		s.answer(w, r, at)
		return
	}
	if err := s.Hosts.Admit(r); err != nil {
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
	if err := s.Underway.Enter(site); err != nil {
		tooMany(w, err)
		return
	}
	defer s.Underway.Leave(site)
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
	s.fail(w, r, problem.New(problem.NotFound, "There is nothing at %s: /api/openapi.json lists the routes, such as /Maths/users", r.URL.Path))
}
