package main

import (
	"fmt"
	"log/slog"
	"strconv"

	"github.com/rollcall/rollcall/web/visitors"
)

// Visitors says what anybody may have at a node, from one IP address and in all. Real
// clients never meet these limits, also if they all come by one proxy that nobody has
// named; 0 is for any number.
type Visitors struct {
	MaxPerAddress         addressLimit `group:"clients" env:"ROLLCALL_MAX_PER_ADDRESS" default:"auto" placeholder:"N" help:"How many connections one IP address may have open at one node; more are refused with 503. Of IPv6 each /64 counts as one, and each /48 as four. A proxy is one address unless --trusted-proxy names it. auto: 10000, which no office has, and any number for private addresses, which may be those of proxies. 0 for any number. [${default}]"`
	MaxConnections        int          `group:"clients" env:"ROLLCALL_MAX_CONNECTIONS" default:"100000" placeholder:"N" help:"How many connections one node takes, of about 15 kB each; more are refused with 503. 0 for any number. [${default}]"`
	MaxPendingPerAddress  int          `group:"clients" env:"ROLLCALL_MAX_PENDING_PER_ADDRESS" default:"1000" placeholder:"N" help:"How many of the connections of one IP address may have said nothing yet: no whole request, or no CONNECT. Clients say both within milliseconds, so that this is for thousands of them a second. Of those without a request the oldest is closed; a further one without CONNECT is refused with 503, and comes again. 0 for any number. [${default}]"`
	MaxPending            int          `group:"clients" env:"ROLLCALL_MAX_PENDING" default:"10000" placeholder:"N" help:"Likewise of all addresses. 0 for any number. [${default}]"`
	MaxRequestsPerAddress int          `group:"clients" env:"ROLLCALL_MAX_REQUESTS_PER_ADDRESS" default:"2000" placeholder:"N" help:"How many HTTP requests of one IP address may be under way, those of long-polling apart; more are refused with 503. Each takes milliseconds, or as long as the database does. 0 for any number. [${default}]"`
	MaxRequests           int          `group:"clients" env:"ROLLCALL_MAX_REQUESTS" default:"8000" placeholder:"N" help:"Likewise of all addresses. 0 for any number. [${default}]"`
	MaxIdlePerAddress     int          `group:"clients" env:"ROLLCALL_MAX_IDLE_PER_ADDRESS" default:"1000" placeholder:"N" help:"How many HTTP connections of one IP address are kept open between two requests (see --keep-alive): the one that has waited longest is closed for another. Proxies keep tens. 0 for any number. [${default}]"`
	MaxIdle               int          `group:"clients" env:"ROLLCALL_MAX_IDLE" default:"10000" placeholder:"N" help:"Likewise of all addresses. 0 for any number. [${default}]"`
	WriteRate             int          `group:"clients" env:"ROLLCALL_WRITE_RATE" default:"10" placeholder:"N" help:"How many changes of users one IP address may ask for by HTTP a second, over a while, and ten times as many at once; more are refused with 429. The database is written for each. Who shows the admin token is not bounded. 0 for any number. [${default}]"`
}

func (v *Visitors) check() error {
	const number = "a number, as 1000"
	return firstError(
		orAny("--max-connections", v.MaxConnections, number),
		orAny("--max-pending-per-address", v.MaxPendingPerAddress, number),
		orAny("--max-pending", v.MaxPending, number),
		orAny("--max-requests-per-address", v.MaxRequestsPerAddress, number),
		orAny("--max-requests", v.MaxRequests, number),
		orAny("--max-idle-per-address", v.MaxIdlePerAddress, number),
		orAny("--max-idle", v.MaxIdle, number),
		orAny("--write-rate", v.WriteRate, number),
	)
}

// addressLimit is how many connections one address may have: a number, or auto.
type addressLimit string

// autoPerAddress is how many a public address may have. The largest offices behind one
// have thousands; ten such addresses fill a node.
const autoPerAddress = 10_000

// UnmarshalText reads a limit; its error says how to write one.
func (l *addressLimit) UnmarshalText(text []byte) error {
	*l = addressLimit(text)
	if n, err := strconv.Atoi(string(text)); string(text) != "auto" && (err != nil || n < 0) {
		return fmt.Errorf("%q is no limit; write a number of connections, as 100, 0 for any, or auto", text)
	}
	return nil
}

// open returns how many sockets there may be.
func (v *Visitors) open() visitors.Limits {
	if most, err := strconv.Atoi(string(v.MaxPerAddress)); err == nil {
		return visitors.Limits{PerSite: most, All: v.MaxConnections}
	}
	return visitors.Limits{PerSite: autoPerAddress, All: v.MaxConnections, Trusting: true}
}

func (v *Visitors) pending() visitors.Limits {
	return visitors.Limits{PerSite: v.MaxPendingPerAddress, All: v.MaxPending}
}

func (v *Visitors) requests() visitors.Limits {
	return visitors.Limits{PerSite: v.MaxRequestsPerAddress, All: v.MaxRequests}
}

// connections returns what bounds the connections over which HTTP is spoken. In all,
// there may be as many as are needed to use up the other limits: two for each session
// that polls. So who has too much is told, as a rule, and not just cut off.
func (v *Visitors) connections(log *slog.Logger) *visitors.Connections {
	idle := visitors.Limits{PerSite: v.MaxIdlePerAddress, All: v.MaxIdle}
	open, some := v.open(), []visitors.Limits{v.pending(), v.requests(), idle}
	open.PerSite, open.All = 2*open.PerSite, 2*open.All
	for _, one := range some {
		open.PerSite = sum(open.PerSite, one.PerSite)
		open.All = sum(open.All, one.All)
	}
	return visitors.NewConnections(visitors.ConnectionLimits{New: v.pending(), Idle: idle, Open: open}, log)
}

// sum adds two limits, of which 0 is none.
func sum(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	return a + b
}
