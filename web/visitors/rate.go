package visitors

import (
	"container/list"
	"log/slog"
	"sync"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
)

// mostSites is how many sites a rate remembers: about 2 MB. Whoever did nothing for the
// longest time is forgotten first.
const mostSites = 10_000

// burst is for how many seconds at once a site may use up its rate.
const burst = 10

// Rate bounds how often each site does something. Its methods may be called from any
// goroutine; a nil Rate bounds nothing.
type Rate struct {
	what      string
	perSecond float64
	log       *slog.Logger
	warned    sync.Once

	mu    sync.Mutex
	sites map[Site]*list.Element
	order *list.List // of *account; the one that was used longest ago comes first
}

// account is what one site may do still.
type account struct {
	site Site
	left float64
	at   time.Time
}

// NewRate returns a rate at which each site may do what, as "changes of users", so many
// times a second, and ten times as many at once. It is nil, and so bounds nothing, for 0.
func NewRate(what string, perSecond int, log *slog.Logger) *Rate {
	if perSecond == 0 {
		return nil
	}
	return &Rate{what: what, perSecond: float64(perSecond), log: log, sites: make(map[Site]*list.Element), order: list.New()}
}

// Take takes note that a site does it once. If it may not, that was too often: the error
// is [problem.RateLimited].
func (r *Rate) Take(site Site, now time.Time) error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.account(site, 1, now)
	var all *account
	if wide, isPart := site.network(); isPart {
		all = r.account(wide, networkSubnets, now)
	}
	if one.left < 1 || all != nil && all.left < 1 {
		r.warned.Do(func() { warn(r.log, r.what+" a second", site, int(r.perSecond)) })
		return problem.New(problem.RateLimited, "There are too many %s from your address: %g a second are taken, and %g at once. Try again in a second",
			r.what, r.perSecond, r.perSecond*burst)
	}
	one.left--
	if all != nil {
		all.left--
	}
	return nil
}

// account returns the account of a site, or of a network, which has the rate of several
// sites, as it stands now.
func (r *Rate) account(site Site, several float64, now time.Time) *account {
	rate, e := r.perSecond*several, r.sites[site]
	if e == nil {
		if r.order.Len() >= mostSites {
			oldest := r.order.Front()
			delete(r.sites, r.order.Remove(oldest).(*account).site)
		}
		e = r.order.PushBack(&account{site: site, left: rate * burst, at: now})
		r.sites[site] = e
	}
	r.order.MoveToBack(e)
	a := e.Value.(*account)
	if passed := now.Sub(a.at).Seconds(); passed > 0 {
		a.left, a.at = min(a.left+passed*rate, rate*burst), now
	}
	return a
}
