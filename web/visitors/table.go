package visitors

import (
	"log/slog"
	"sync"

	"github.com/rollcall/rollcall/protos/problem"
)

// Limits is how many there may be.
type Limits struct {
	PerSite int // 0 for any number
	All     int // 0 for any number

	// Trusting lets private sites have any number: they may be those of proxies that
	// nobody has named, behind which everybody has one address.
	Trusting bool
}

// of returns how many one site may have, 0 for any number.
func (l Limits) of(site Site) int {
	if l.Trusting && site.private() {
		return 0
	}
	return l.PerSite
}

// Table counts what lasts, by site and in all. Its methods may be called from any
// goroutine. It holds no more sites than there is of what it counts.
type Table struct {
	what   string // in the plural
	limits Limits
	log    *slog.Logger
	warned sync.Once

	mu    sync.Mutex
	all   int
	count map[Site]int // of sites and, of IPv6, of networks
}

// NewTable returns a table of what, which is in the plural: "connections". log is told
// once if a site has too many.
func NewTable(what string, limits Limits, log *slog.Logger) *Table {
	return &Table{what: what, limits: limits, log: log, count: make(map[Site]int)}
}

// Enter counts one more of a site, if there may be one; Leave is to be called when that
// has ended. The error is [problem.Unavailable].
func (t *Table) Enter(site Site) error {
	if t == nil {
		return nil
	}
	most := t.limits.of(site)
	t.mu.Lock()
	defer t.mu.Unlock()
	wide, isPart := site.network()
	switch {
	case t.limits.All > 0 && t.all >= t.limits.All:
		return problem.New(problem.Unavailable, "This node has as many %s as it takes: %d. Try again, here or at another node", t.what, t.limits.All)
	case most > 0 && t.count[site] >= most, most > 0 && isPart && t.count[wide] >= most*networkSubnets:
		t.warn(site, most)
		return problem.New(problem.Unavailable, "There are too many %s from your address, or your network: at most %d are taken. Try again", t.what, most)
	}
	t.all++
	t.count[site]++
	if isPart {
		t.count[wide]++
	}
	return nil
}

// Leave counts one less. It is called once for each time that Enter let one in.
func (t *Table) Leave(site Site) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	t.left(site)
	if wide, isPart := site.network(); isPart {
		t.left(wide)
	}
}

func (t *Table) left(site Site) {
	if t.count[site]--; t.count[site] <= 0 {
		delete(t.count, site)
	}
}

// Len returns how many there are.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all
}

// warn tells the operator, once: a stranger must not fill the log.
func (t *Table) warn(site Site, most int) {
	t.warned.Do(func() { warn(t.log, t.what, site, most) })
}

// warn says that a site has too many, and what to do if that is a proxy.
func warn(log *slog.Logger, what string, site Site, most int) {
	if log != nil {
		log.Warn("an address has reached its limit; if that is your proxy, name it by --trusted-proxy, so that its clients are told apart. This is said once",
			"of", what, "address", site.String(), "limit", most)
	}
}
