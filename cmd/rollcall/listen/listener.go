// Package listen accepts connections for a node: TLS and plain HTTP on one port, both
// also behind a header of the PROXY protocol, and one port for several nodes of one
// machine.
package listen

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// DefaultPatience is how long a new connection may take to say which protocol
// it speaks and, for TLS, to finish the handshake.
const DefaultPatience = 10 * time.Second

// firstByteOfTLS is the content type of a TLS handshake record (RFC 8446 §5.1).
// No HTTP method starts with it.
const firstByteOfTLS = 0x16

// Options says what a [Listener] does with the connections that it accepts.
type Options struct {
	// TLS serves the connections that begin with a TLS handshake; nil serves
	// every connection as it comes, and then nothing is peeked at.
	TLS *tls.Config

	// Announces reports whether a peer is a proxy that may begin its connections with
	// a header of the PROXY protocol, which says for whom they are. Of such a
	// connection RemoteAddr is the client's. Nil is for no peer.
	Announces func(net.Addr) bool

	// Wrap is applied to each accepted connection, below TLS; nil leaves it as
	// it is. A wrapper with a method Peek(int) ([]byte, error), which returns
	// the next bytes without taking them, is handed on as it is; any other is
	// covered by one that peeks. [Wrapped] finds the way back to it.
	Wrap func(net.Conn) net.Conn

	// Full is called when a connection was not accepted for want of file descriptors or
	// memory, so that what is not needed is given up; nil for nothing to give up.
	Full func()

	// Patience bounds the time to the end of the handshake; 0 is DefaultPatience.
	Patience time.Duration

	// Log is told of failed handshakes, at level debug; nil keeps them quiet.
	Log *slog.Logger
}

// Listener is a [net.Listener] whose Accept returns a *[tls.Conn], its handshake
// done, or a plain connection. Each connection is looked at by a goroutine of
// its own, so that a slow client delays only itself.
type Listener struct {
	raw     net.Listener
	options Options

	ready   chan net.Conn
	closing chan struct{} // closed by Close, or when raw fails for good
	close   sync.Once
	cause   error // why closing is closed; read only after it is
	running sync.WaitGroup

	mu      sync.Mutex
	pending map[net.Conn]struct{} // accepted, not yet ready; nil when closed
}

// New returns a listener on top of raw, which it owns from now on.
func New(raw net.Listener, options Options) *Listener {
	if options.Patience == 0 {
		options.Patience = DefaultPatience
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	l := &Listener{
		raw:     raw,
		options: options,
		ready:   make(chan net.Conn),
		closing: make(chan struct{}),
		pending: make(map[net.Conn]struct{}),
	}
	l.running.Go(l.acceptAll)
	return l
}

// Addr returns the address of the underlying listener.
func (l *Listener) Addr() net.Addr { return l.raw.Addr() }

// Accept waits for the next connection whose protocol is known. Its error is
// final: [net.ErrClosed] after Close, else that of the underlying listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.ready:
		return conn, nil
	case <-l.closing:
		return nil, l.cause
	}
}

// Close stops listening, closes the connections that Accept has not returned
// yet, and waits until nothing of the listener runs.
func (l *Listener) Close() error {
	l.shut(net.ErrClosed)
	err := l.raw.Close()
	l.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (l *Listener) shut(cause error) {
	l.close.Do(func() {
		l.cause = cause
		close(l.closing)
		l.mu.Lock()
		defer l.mu.Unlock()
		for conn := range l.pending {
			_ = conn.Close()
		}
		l.pending = nil
	})
}

func (l *Listener) acceptAll() {
	pause := time.Duration(0)
	for {
		conn, err := l.raw.Accept()
		if err == nil {
			pause = 0
			l.running.Go(func() { l.admit(conn) })
			continue
		}
		if !passes(err) {
			l.shut(err)
			return
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		if l.options.Full != nil && isFull(err) {
			l.options.Full()
		}
		l.options.Log.Warn("cannot accept connections for a moment", "error", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-l.closing:
			return
		}
	}
}

// passes tells whether accepting can succeed again without anyone's doing, as
// when file descriptors ran out or a client gave up in the queue.
func passes(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary()
}

// isFull tells whether the process or its machine has run out of what a connection takes.
func isFull(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

// admit finds out what conn speaks, and hands it to Accept.
func (l *Listener) admit(conn net.Conn) {
	announced := l.announced(conn)
	if announced != nil {
		conn = announced
	}
	if l.options.Wrap != nil {
		conn = l.options.Wrap(conn)
	}
	if !l.begin(conn) {
		_ = conn.Close()
		return
	}
	err := announced.readHeader()
	known := conn
	if err == nil {
		known, err = l.identify(conn)
	}
	if err != nil {
		l.options.Log.Debug("connection given up before its first request",
			"remote", conn.RemoteAddr().String(), "error", err)
	}
	if !l.end(conn) || err != nil {
		_ = conn.Close()
		return
	}
	select {
	case l.ready <- known:
	case <-l.closing:
		_ = known.Close()
	}
}

func (l *Listener) begin(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending == nil {
		return false
	}
	l.pending[conn] = struct{}{}
	return true
}

// end tells whether conn may live on: not when the listener was closed.
func (l *Listener) end(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.pending[conn]
	delete(l.pending, conn)
	return ok
}

// identify returns conn as what it speaks: TLS with its handshake done, or plain.
func (l *Listener) identify(conn net.Conn) (net.Conn, error) {
	if l.options.TLS == nil {
		return conn, nil
	}
	if err := conn.SetDeadline(time.Now().Add(l.options.Patience)); err != nil {
		return nil, err
	}
	plain, ok := conn.(peeker)
	if !ok {
		plain = &peekConn{Conn: conn}
	}
	first, err := plain.Peek(1)
	if err != nil {
		return nil, err
	}
	if first[0] != firstByteOfTLS {
		return plain, plain.SetDeadline(time.Time{})
	}
	secure := tls.Server(plain, l.options.TLS)
	if err := secure.Handshake(); err != nil {
		return nil, err
	}
	return secure, secure.SetDeadline(time.Time{})
}
