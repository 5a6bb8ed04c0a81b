package engine

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/origins"
	"github.com/rollcall/rollcall/web/visitors"
)

// Config says which sockets an Engine opens, and for whom.
type Config struct {
	Sockets *socket.Sockets
	Wire    socket.Wire
	Origins []string // whose pages may connect; "*" for any
	Logger  *slog.Logger

	// Application returns what a socket with this handshake query carries. Or Raw does,
	// if the sockets carry bare Engine.IO messages.
	Application func(query url.Values) socket.Application
	Raw         func(*socket.Socket) socket.Conversation

	// Deflate compresses websocket messages for clients that offer it (RFC 7692).
	Deflate bool
	// Parameters are those of the query that the application means, besides the
	// protocol's own: they must be percent-encoded.
	Parameters []string
	// Bodies is what the payloads of clients that poll are held in; nil for any number.
	Bodies *quota.Budget
	// Partials is what messages of websockets are held in until all of them has come; nil
	// for any number.
	Partials *quota.Partials
	// bodyPatience is how long a POST waits for that before its body is read; 5 s. Its
	// client may be as patient as it likes, but is not to think that nobody is there.
	bodyPatience time.Duration
	// Ready returns why no client is taken now; nil for always taking them.
	Ready func() error
	// Open is how many sockets may be open here, and Pending how many of those whose
	// clients the application has not let in yet: real ones are let in within
	// milliseconds, or come again.
	Open, Pending visitors.Limits
}

// Engine answers the requests of Engine.IO clients, over long-polling and
// websocket. A request may concern a session on any node of the cluster.
type Engine struct {
	Config
	origins  origins.Origins
	upgrader websocket.Upgrader
	opened   *visitors.Table // sockets, and websockets here of sockets elsewhere
	pending  *visitors.Table
	held     *visitors.Table // requests of sessions, which may be held
}

// New returns an engine.
func New(config Config) *Engine {
	held := config.Open // a session may poll and post at a time, whose socket may be elsewhere
	held.PerSite *= 2
	held.All *= 2
	config.Wire.Limits.Longest = config.Wire.MaxPayload
	if config.bodyPatience == 0 {
		config.bodyPatience = 5 * time.Second
	}
	return &Engine{
		Config: config, origins: origins.New(config.Origins, config.Logger),
		upgrader: newUpgrader(config.Deflate),
		opened:   visitors.NewTable("connections", config.Open, config.Logger),
		pending:  visitors.NewTable("connections that have not said who they are", config.Pending, config.Logger),
		held:     visitors.NewTable("requests of sessions", held, config.Logger),
	}
}

// ServeHTTP answers a request, at whatever path. It is refused for the first of
// these that is wrong, in the order of the official server.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.origins.Allow(w, r)
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "GET, OPTIONS, POST")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	query := httpserver.ParseQuery(r.URL.RawQuery)
	malformed := query.Check(append([]string{"EIO", "transport", "sid"}, e.Parameters...)...)
	version, unsupported := engineio.ParseVersion(query.Get("EIO"))
	transport := query.Get("transport")
	switch {
	case malformed != nil:
		refuseWith(w, engineio.BadRequest, problem.MessageOf(malformed))
	case unsupported != nil:
		refuse(w, engineio.UnsupportedVersion)
	case transport == "polling" && version == engineio.V3:
		// Its session id is public: whoever reads a roll could take part in its polls.
		refuseWith(w, engineio.UnknownTransport, `Transport unknown: clients of protocol 3 need transports: ["websocket"]`)
	case transport != "polling" && transport != "websocket":
		refuse(w, engineio.UnknownTransport)
	case query.Has("sid"):
		e.serveSession(w, r, version, transport, query.Get("sid"))
	case r.Method != http.MethodGet:
		refuse(w, engineio.BadHandshakeMethod)
	case !e.origins.Admits(r):
		refuse(w, engineio.Forbidden)
	default:
		e.open(w, r, version, transport, query.Values)
	}
}

// serveSession answers a request that names a session.
func (e *Engine) serveSession(w http.ResponseWriter, r *http.Request, version engineio.Version, transport, sid string) {
	site := visitors.SiteOf(r.RemoteAddr)
	if err := e.held.Enter(site); err != nil {
		turnAway(w, problem.MessageOf(err))
		return
	}
	defer e.held.Leave(site)
	switch {
	case version == engineio.V3:
		refuse(w, engineio.UnknownSession) // its sessions have one connection
	case transport == "websocket":
		e.takeOver(w, r, sid)
	case r.Method == http.MethodGet:
		e.poll(w, r, sid)
	case r.Method == http.MethodPost:
		e.post(w, r, sid)
	default:
		refuse(w, engineio.BadRequest)
	}
}

// open makes a request a socket.
func (e *Engine) open(w http.ResponseWriter, r *http.Request, version engineio.Version, transport string, query url.Values) {
	if err := e.ready(); err != nil {
		turnAway(w, "This node takes no clients now: "+problem.MessageOf(err))
		return
	}
	site := visitors.SiteOf(r.RemoteAddr)
	if err := e.enter(site); err != nil {
		turnAway(w, problem.MessageOf(err))
		return
	}
	o := socket.Opening{
		Version: version, Wire: &e.Wire, Raw: e.Raw, Site: site.String(),
		Admitted: func() { e.pending.Leave(site) }, Ended: func() { e.opened.Leave(site) },
	}
	if e.Raw == nil {
		o.Application = e.Application(query)
	}
	if transport == "polling" {
		o.Upgrades = []string{"websocket"}
		e.poll(w, r, e.Sockets.OpenPolling(o))
		return
	}
	ws, err := e.upgrade(w, r, version)
	if err != nil {
		o.Admitted()
		o.Ended()
		e.Logger.Debug("websocket refused", "remote", r.RemoteAddr, "err", err)
		return
	}
	o.Transport = ws
	line := e.Sockets.Open(o)
	// A goroutine of its own: this one's stack and buffers served HTTP.
	go ws.read(line)
}

// enter counts a socket that is to be opened, if there may be one more.
func (e *Engine) enter(site visitors.Site) error {
	if err := e.opened.Enter(site); err != nil {
		return err
	}
	if err := e.pending.Enter(site); err != nil {
		e.opened.Leave(site)
		return err
	}
	return nil
}

func (e *Engine) ready() error {
	if e.Ready == nil {
		return nil
	}
	return e.Ready()
}

// turnAway refuses a client that may come again, here or elsewhere.
func turnAway(w http.ResponseWriter, message string) {
	w.Header().Set("Retry-After", httpserver.RetryAfter)
	w.Header().Set("Connection", "close") // a balancer then chooses anew
	writeRefusal(w, http.StatusServiceUnavailable, engineio.BadRequest, message)
}

func refuse(w http.ResponseWriter, why engineio.Refusal) { refuseWith(w, why, why.Error()) }

// refuseWith refuses with words of our own.
func refuseWith(w http.ResponseWriter, why engineio.Refusal, message string) {
	writeRefusal(w, why.Status(), why, message)
}

func writeRefusal(w http.ResponseWriter, status int, why engineio.Refusal, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	body, _ := json.Marshal(struct { // an encoder would end it with a newline, which official clients do not expect
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{int(why), message})
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
