package metrics

import "sync/atomic"

// Route is a class of HTTP requests.
type Route int

const (
	Roll      Route = iota // who is in a room
	Users                  // the user store
	Engine                 // Socket.IO: long-polling, and the start of a websocket
	Page                   // pages and their files
	Dashboard              // /api/dash
	Scrape                 // /metrics
	Health                 // /healthz, /readyz
	API                    // what backends ask, and order
	Other
	routes
)

// String returns the route as it is labelled.
func (r Route) String() string {
	return [...]string{"roll", "users", "engine", "page", "dash", "metrics", "health", "api", "other"}[r]
}

// statuses is how many there are: 100 to 599.
const statuses = 500

// Requests are the HTTP requests that were answered, by route and status.
type Requests [routes][statuses]atomic.Uint64

// Answered counts a request.
func (r *Requests) Answered(route Route, status int) {
	if i := status - 100; i >= 0 && i < statuses {
		r[route][i].Add(1)
	}
}
