package visitors

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// ConnectionLimits bounds the connections over which HTTP is spoken. Websockets are not
// among them once they are.
type ConnectionLimits struct {
	New  Limits // that have sent no whole request yet
	Idle Limits // between two requests
	Open Limits // of any kind
}

// Connections knows the connections of a node, and closes some when there are too many:
// of those that have not said anything yet that which has been silent for longest, as
// others say at once what they want; of those that wait for a next request likewise.
// Its methods may be called from any goroutine.
type Connections struct {
	limits ConnectionLimits
	log    *slog.Logger
	warned sync.Once

	mu    sync.Mutex
	all   group
	sites map[Site]*group
}

// group is the connections of a site, or all.
type group struct {
	open      int
	new, idle queue // the longest in it comes first
}

// visit is one connection that is counted.
type visit struct {
	net.Conn

	of   *Connections
	site Site   // of nobody if a trusted proxy has opened it, whose clients are elsewhere
	its  *group // the connections of its site; nil if it counts for none
	gone bool

	state              http.ConnState
	amongAll, amongIts element // in the queues of its state
}

// NewConnections returns what knows no connection yet. log is told once if a site has
// too many.
func NewConnections(limits ConnectionLimits, log *slog.Logger) *Connections {
	return &Connections{limits: limits, log: log, sites: make(map[Site]*group)}
}

// Enter counts a connection as it was accepted, and returns one in its place. If there
// are too many some are closed, maybe this one.
func (c *Connections) Enter(conn net.Conn) net.Conn {
	v := &visit{Conn: conn, of: c, state: http.StateNew}
	v.amongAll.of, v.amongIts.of = v, v
	_, proxied := conn.(interface{ Raw() net.Conn }) // what that says of its client is not read yet
	if !proxied {
		v.site = SiteOf(conn.RemoteAddr().String())
	}
	c.mu.Lock()
	c.all.open++
	if !proxied {
		v.its = c.sites[v.site]
		if v.its == nil {
			v.its = new(group)
			c.sites[v.site] = v.its
		}
		v.its.open++
	}
	c.list(v)
	surplus := c.surplus(v)
	c.mu.Unlock()
	closeAll(surplus)
	return v
}

// State says that a connection which Enter has returned, or what lies above it, is in a
// state: it is [http.Server.ConnState].
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	v := visitOf(conn)
	if v == nil {
		return
	}
	c.mu.Lock()
	var surplus []*visit
	switch {
	case v.gone:
	case state == http.StateHijacked, state == http.StateClosed:
		c.leave(v)
	default:
		c.unlist(v)
		v.state = state
		c.list(v)
		surplus = c.surplus(v)
	}
	c.mu.Unlock()
	closeAll(surplus)
}

// Close closes the connection, which counts no more.
func (v *visit) Close() error {
	v.of.mu.Lock()
	v.of.leave(v)
	v.of.mu.Unlock()
	return v.Conn.Close()
}

// CloseWrite ends the sending direction only.
func (v *visit) CloseWrite() error {
	if half, ok := v.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn returns the connection below.
func (v *visit) NetConn() net.Conn { return v.Conn }

// visitOf returns what Enter has returned for a connection, nil for nothing.
func visitOf(conn net.Conn) *visit {
	for {
		switch c := conn.(type) {
		case *visit:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

func closeAll(visits []*visit) {
	for _, v := range visits {
		_ = v.Close()
	}
}

func (c *Connections) leave(v *visit) {
	if v.gone {
		return
	}
	v.gone = true
	c.unlist(v)
	c.all.open--
	if v.its != nil {
		if v.its.open--; v.its.open == 0 {
			delete(c.sites, v.site)
		}
	}
}

// list enters a connection where others of its state are.
func (c *Connections) list(v *visit) {
	in := c.all.of(v.state)
	if in == nil {
		return
	}
	in.pushBack(&v.amongAll)
	if v.its != nil {
		v.its.of(v.state).pushBack(&v.amongIts)
	}
}

func (c *Connections) unlist(v *visit) {
	v.amongAll.leave()
	v.amongIts.leave()
}

// of returns the queue of a state; nil for those that are busy.
func (g *group) of(state http.ConnState) *queue {
	switch state {
	case http.StateNew:
		return &g.new
	case http.StateIdle:
		return &g.idle
	default:
		return nil
	}
}

// surplus takes out what is to be closed, now that a connection has come to its state.
func (c *Connections) surplus(v *visit) (gone []*visit) {
	var limits Limits
	switch v.state {
	case http.StateNew:
		limits = c.limits.New
	case http.StateIdle:
		limits = c.limits.Idle
	default:
		return nil
	}
	if g := c.over(v, limits, func(g *group) int { return g.of(v.state).len }); g != nil {
		gone = append(gone, c.take(g.of(v.state)))
	}
	// A connection that was just accepted is the last of the new, and so is closed
	// itself if all others are busy.
	if g := c.over(v, c.limits.Open, func(g *group) int { return g.open }); g != nil {
		if g.idle.len > 0 {
			gone = append(gone, c.take(&g.idle))
		} else if g.new.len > 0 {
			gone = append(gone, c.take(&g.new))
		}
	}
	return gone
}

// over returns of whom there are too many, by the limits: of the site of a connection, or
// of all; nil of nobody.
func (c *Connections) over(v *visit, limits Limits, count func(*group) int) *group {
	if most := limits.of(v.site); v.its != nil && most > 0 && count(v.its) > most {
		c.warned.Do(func() { warn(c.log, "connections", v.site, most) })
		return v.its
	}
	if limits.All > 0 && count(&c.all) > limits.All {
		return &c.all
	}
	return nil
}

// take takes the first out of a queue, and so out of all.
func (c *Connections) take(from *queue) *visit {
	v := from.first.of
	c.leave(v)
	return v
}
