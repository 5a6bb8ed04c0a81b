package httpserver

import (
	"log/slog"
	"net/http"
	"time"
)

// WritePatience is how long the kernel may refuse any byte of what is written before
// the client counts as gone. Who reads slowly, but reads, is written for as long as
// it takes.
const WritePatience = 10 * time.Second

// RetryAfter is what a client is told to wait, in seconds, when we cannot serve it now.
const RetryAfter = "1"

// Timeouts are how long clients may hold on to connections.
type Timeouts struct {
	// Request is for a request to arrive, its body included; 30 s.
	Request time.Duration
	// KeepAlive is for a connection between two requests; 620 s. Whoever stands in
	// front must be the first to close it, and the balancers of Google keep theirs for
	// 600 s.
	KeepAlive time.Duration
}

// New returns h as a server with limits that keep slow and greedy clients
// from holding on to connections, and that has every client read its answer.
func New(h http.Handler, timeouts Timeouts, log *slog.Logger) *http.Server {
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
		WriteTimeout:      timeouts.Request + WritePatience, // so that who was too slow can be told
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
