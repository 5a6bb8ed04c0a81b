package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/gate"
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
	Hosts   Hosts          // by which this server is called
	Pages   fs.FS          // index.html, dash.html, assets/ and client/
	Ready   func() error   // why no client should be sent here, nil if one should
	Checks  func() []Check // what that was judged by; nil to show nothing
	Logger  *slog.Logger

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
	origins origins
	pages   fs.FS
	client  clientFiles
	ready   func() error
	checks  func() []Check
	log     *slog.Logger

	gate      gate.Gate
	dashboard Dashboard
	metrics   http.Handler
	requests  *metrics.Requests

	hosts    Hosts
	strange  *refusals // of names that are not among them
	underway *visitors.Table
	writes   *visitors.Rate

	trustTraceparent bool
}

// New returns a server.
func New(config Config) *Server {
	if config.Requests == nil {
		config.Requests = new(metrics.Requests)
	}
	if config.Checks == nil {
		config.Checks = func() []Check { return nil }
	}
	return &Server{
		gate: config.Gate, dashboard: config.Dashboard, metrics: config.Metrics, requests: config.Requests,
		node: config.Node, users: config.Users, engine: config.Engine,
		origins: newOrigins(config.Origins, config.Logger), pages: config.Pages, client: newClientFiles(config.Pages),
		ready: config.Ready, checks: config.Checks, log: config.Logger,
		hosts: config.Hosts, strange: newRefusals(config.Logger), underway: config.Underway, writes: config.Writes,
		trustTraceparent: config.TrustTraceparent,
	}
}

// Timeouts are how long clients may hold on to connections.
type Timeouts struct {
	// Request is for a request to arrive, its body included; 30 s.
	Request time.Duration
	// KeepAlive is for a connection between two requests; 620 s. Whoever stands in
	// front must be the first to close it, and the balancers of Google keep theirs for
	// 600 s.
	KeepAlive time.Duration
}

// HTTPServer returns h as a server with limits that keep slow and greedy clients
// from holding on to connections, and that has every client read its answer.
func HTTPServer(h http.Handler, timeouts Timeouts, log *slog.Logger) *http.Server {
	if timeouts.Request == 0 {
		timeouts.Request = 30 * time.Second
	}
	if timeouts.KeepAlive == 0 {
		timeouts.KeepAlive = 620 * time.Second
	}
	return &http.Server{
		Handler:           lingers(h),
		ReadHeaderTimeout: min(10*time.Second, timeouts.Request),
		ReadTimeout:       timeouts.Request,
		WriteTimeout:      timeouts.Request + writePatience, // so that who was too slow can be told
		IdleTimeout:       timeouts.KeepAlive,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// CloseIdle closes the connections of a server that wait for a next request. They are
// kept for as long as balancers like, which is too long when others find no place.
func CloseIdle(server *http.Server) {
	server.SetKeepAlivesEnabled(false)
	server.SetKeepAlivesEnabled(true)
}

// ServeHTTP answers a request, and counts it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := segments(r.URL.EscapedPath())
	answer := counting(w)
	defer func() { s.requests.Answered(classOf(path), answer.result(r)) }()
	s.route(answer, r, path)
}

// segments returns the parts of a path. A slash at its end is ignored, as Express
// does: what comes before it is there.
func segments(escaped string) []string {
	path := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	if last := len(path) - 1; last > 0 && path[last] == "" {
		path = path[:last]
	}
	return path
}

// route finds the route. Paths are taken as they were escaped, since the name
// of a room may contain anything, and are not cleaned: "/a%2Fb/users" is the
// room "a/b" (net/http's ServeMux would redirect). Fixed routes come before rooms.
func (s *Server) route(w http.ResponseWriter, r *http.Request, path []string) {
	if isHealth(path) { // balancers ask by any name, and must be answered when there is too much of all else
		s.about(w, r, path)
		return
	}
	if err := s.hosts.admit(r); err != nil {
		s.strange.tellHost(r)
		s.fail(w, r, err)
		return
	}
	if isClientFile(path) {
		s.serveClient(w, r, path[1])
		return
	}
	if path[0] == "socket.io" && len(path) <= 2 {
		s.engine.ServeHTTP(w, r)
		return
	}
	site := visitors.SiteOf(r.RemoteAddr)
	if err := s.underway.Enter(site); err != nil {
		tooMany(w, err)
		return
	}
	defer s.underway.Leave(site)
	s.about(w, r, path)
}

// isHealth reports whether a path is of what says how the node is.
func isHealth(path []string) bool {
	return len(path) == 1 && (path[0] == "healthz" || path[0] == "readyz")
}

// about answers a request that is not of a session.
func (s *Server) about(w http.ResponseWriter, r *http.Request, path []string) {
	// A client that has said all may close its half of the connection and read on,
	// which net/http takes for its end. What follows bounds its own time.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	if forOperators(path) {
		s.operators(w, r, path)
		return
	}
	s.origins.allow(w, r)
	switch {
	case len(path) == 1 && path[0] == "":
		s.methods(w, r, methods{http.MethodGet: s.home})
	case len(path) == 1 && path[0] == "healthz":
		s.methods(w, r, methods{http.MethodGet: s.healthy})
	case len(path) == 1 && path[0] == "readyz":
		s.methods(w, r, methods{http.MethodGet: s.readiness})
	case len(path) == 1 && path[0] == "users":
		s.methods(w, r, methods{
			http.MethodGet:    s.traced("http", s.listUsers),
			http.MethodPost:   s.operator(s.traced("identity", s.addUser)),
			http.MethodPut:    s.anybody(s.traced("identity", s.aboutUser(userInQuery, s.putUser))),
			http.MethodDelete: s.operator(s.traced("identity", s.aboutUser(userInQuery, s.deleteUser))),
		})
	case len(path) == 2 && path[0] == "users":
		s.methods(w, r, methods{
			http.MethodGet:    s.traced("http", s.aboutUser(inPath(path[1], identity.ParseID), s.getUser)),
			http.MethodPut:    s.anybody(s.traced("identity", s.aboutUser(inPath(path[1], identity.ParseID), s.putUser))),
			http.MethodDelete: s.operator(s.traced("identity", s.aboutUser(inPath(path[1], identity.ParseID), s.deleteUser))),
		})
	case len(path) == 1 && path[0] == "dash":
		s.methods(w, r, methods{http.MethodGet: s.dashPage})
	case len(path) == 2 && path[0] == "ui":
		s.methods(w, r, methods{http.MethodGet: s.page})
	case len(path) >= 2 && path[0] == "assets":
		s.methods(w, r, methods{http.MethodGet: s.asset})
	case len(path) == 2 && path[0] == "api" && path[1] == "roll":
		s.methods(w, r, methods{http.MethodGet: s.inRoom(inQuery, s.roomUsers)})
	case len(path) == 2 && path[0] == "api" && path[1] == "rooms":
		s.methods(w, r, methods{http.MethodGet: s.inRoom(inQuery, s.roomState)})
	case len(path) == 3 && path[0] == "api" && path[1] == "rooms":
		s.methods(w, r, methods{http.MethodGet: s.inRoom(inPath(path[2], actors.ParseRoom), s.roomState)})
	case len(path) == 4 && path[0] == "api" && path[1] == "rooms" && path[3] == "users":
		s.methods(w, r, methods{http.MethodGet: s.inRoom(inPath(path[2], actors.ParseRoom), s.roomUsers)})
	case len(path) == 2 && path[1] == "users":
		s.methods(w, r, methods{http.MethodGet: s.inRoom(inPath(path[0], actors.ParseRoom), s.roomUsers)})
	default:
		s.fail(w, r, problem.New(problem.NotFound, "There is nothing at %s: see the routes in the README, such as /Maths/users", r.URL.Path))
	}
}

// methods are the methods that a route has.
type methods map[string]http.HandlerFunc

func (s *Server) methods(w http.ResponseWriter, r *http.Request, has methods) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	if handle, ok := has[method]; ok {
		handle(w, r)
		return
	}
	allowed := []string{http.MethodOptions}
	for m := range has {
		allowed = append(allowed, m)
		if m == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	allow(w, r, allowed)
}
