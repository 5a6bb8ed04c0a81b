package origins

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/proxies"
)

const (
	// refusalPause is how often the refusal of one origin is logged, at most.
	refusalPause = time.Minute

	// mostRefused is how many origins are remembered as logged. Strangers can make
	// up any number: while so many are known, no other is logged.
	mostRefused = 100
)

// Refusals tells the operator which pages, or names, are kept out, and what would let
// them in.
type Refusals struct {
	log *slog.Logger

	mu     sync.Mutex
	logged map[string]time.Time // when, by origin or host
}

// NewRefusals returns refusals that are told by a log.
func NewRefusals(log *slog.Logger) *Refusals {
	return &Refusals{log: log, logged: make(map[string]time.Time)}
}

// note logs that a request is not for the page that sent it, unless that was logged
// a moment ago. Only reading tells: what a page of ours changes says its origin, too,
// and is taken though no proxy told us that it is the same, or refused and then told.
func (f *Refusals) note(r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		f.tell(r)
	}
}

// tell logs that a request of whatever method is refused for the page that sent it.
func (f *Refusals) tell(r *http.Request) {
	from := r.Header.Get("Origin")
	if !f.due(from, time.Now()) {
		return
	}
	f.log.Warn("pages of another origin are kept out",
		"origin", httpserver.Clip(from), "host", httpserver.Clip(r.Host), "remote", r.RemoteAddr, "to_allow", remedy(from, r))
}

// TellHost logs that a request is not for this server, unless that was logged a moment
// ago: it may be, and its operator not know that it has to be told so.
func (f *Refusals) TellHost(r *http.Request) {
	host := addressedBy(r)
	if name, _ := splitHost(host); f.due(host, time.Now()) {
		f.log.Warn("a name that is not known to be this server's was refused", "host", httpserver.Clip(host), "remote", r.RemoteAddr, "to_allow", "--allowed-hosts "+httpserver.Clip(name))
	}
}

func (f *Refusals) due(from string, now time.Time) bool {
	from = httpserver.Clip(from)
	f.mu.Lock()
	defer f.mu.Unlock()
	if last, ok := f.logged[from]; ok && now.Sub(last) < refusalPause {
		return false
	}
	if len(f.logged) >= mostRefused {
		for one, last := range f.logged {
			if now.Sub(last) >= refusalPause {
				delete(f.logged, one)
			}
		}
		if len(f.logged) >= mostRefused {
			return false
		}
	}
	f.logged[from] = now
	return true
}

// remedy returns the flag that would let a page in: for one that is our own if the
// proxy in front is to be believed, that which has it believed.
func remedy(text string, r *http.Request) string {
	from, ok := parseOrigin(text)
	if _, trusted := proxies.Believed(r); !trusted && ok && sameOrigin(from, r.Host, proxies.Claimed(r), true) {
		// Never a stranger, who would like that.
		if peer := proxies.AddrOf(r.RemoteAddr); peer.IsPrivate() || peer.IsLoopback() || peer.IsLinkLocalUnicast() {
			return "--trusted-proxy " + peer.String()
		}
	}
	if Check(text) != nil {
		return "nothing: this is no origin"
	}
	return "--cors-origin " + httpserver.Clip(text)
}
