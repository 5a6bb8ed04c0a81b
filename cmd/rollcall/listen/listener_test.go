package listen

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// serve answers every request on a listener with what it knows of the request.
func serve(t *testing.T, options Options) (address string, roots *x509.CertPool) {
	t.Helper()
	type connKey struct{}
	return run(t, options, &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, conn)
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, ok := wrapped(r.Context().Value(connKey{}).(net.Conn)).(*net.TCPConn); !ok && options.Wrap == nil {
				t.Errorf("no way back to the TCP connection")
			}
			proto := "plain"
			if r.TLS != nil {
				proto = "tls " + r.TLS.NegotiatedProtocol
			}
			_, _ = io.WriteString(w, proto+" "+r.Proto)
		}),
	})
}

// run runs a server on a listener, with a certificate that roots vouch for, until the
// test ends.
func run(t *testing.T, options Options, server *http.Server) (address string, roots *x509.CertPool) {
	t.Helper()
	certificate, err := SelfSigned(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	options.TLS = TLSConfig(certificate)
	raw, err := Open(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := New(raw, options)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve = %v", err)
		}
	})
	return raw.Addr().String(), roots
}

func get(t *testing.T, url string, roots *x509.CertPool) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots, NextProtos: []string{"h2", "http/1.1"}},
	}}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestTLSAndPlainHTTPShareAPort(t *testing.T) {
	address, roots := serve(t, Options{})
	if got, want := get(t, "http://"+address, nil), "plain HTTP/1.1"; got != want {
		t.Errorf("plain: %q, want %q", got, want)
	}
	if got, want := get(t, "https://"+address, roots), "tls http/1.1 HTTP/1.1"; got != want {
		t.Errorf("TLS: %q, want %q", got, want)
	}
}

func TestSlowClientDelaysOnlyItself(t *testing.T) {
	address, roots := serve(t, Options{})
	for _, begin := range []string{"", "G", "\x16\x03\x01"} {
		slow, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		if _, err := io.WriteString(slow, begin); err != nil {
			t.Fatal(err)
		}
	}
	get(t, "http://"+address, nil)
	get(t, "https://"+address, roots)
}

func TestClientThatSaysNothingIsClosed(t *testing.T) {
	address, _ := serve(t, Options{Patience: 50 * time.Millisecond})
	for name, begin := range map[string]string{"silent": "", "half a handshake": "\x16\x03\x01"} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, begin); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(conn); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
				t.Errorf("still open: %v", err)
			}
		})
	}
}

func TestPatienceEndsWithTheHandshake(t *testing.T) {
	const patience = 50 * time.Millisecond
	address, _ := serve(t, Options{Patience: patience})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	<-time.After(3 * patience) // the rest comes later than the patience
	if _, err := io.WriteString(conn, "Host: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestGarbageIsAnsweredAsHTTPOrClosed(t *testing.T) {
	address, roots := serve(t, Options{})
	for name, test := range map[string]struct{ send, want string }{
		"zero bytes":    {"\x00\x00\x00\x00\r\n\r\n", "HTTP/1.1 400"},
		"SSL 2 hello":   {"\x80\x2e\x01\x00\x02\r\n\r\n", "HTTP/1.1 400"},
		"text":          {"hello\r\n\r\n", "HTTP/1.1 400"},
		"broken record": {"\x16\x03\x01\x00\x04junk", "\x15\x03"}, // a TLS alert
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, test.send); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(conn)
			if isTimeout(err) || !strings.HasPrefix(string(got), test.want) {
				t.Errorf("got %q, %v; want %q…", got, err, test.want)
			}
		})
	}
	get(t, "https://"+address, roots)
}

// countingConn stands for a wrapper of the caller's; it can peek by itself.
type countingConn struct {
	net.Conn
	r     *bufio.Reader
	peeks *atomic.Int32
}

func (c *countingConn) Read(p []byte) (int, error) { return c.r.Read(p) }

func (c *countingConn) Peek(n int) ([]byte, error) {
	c.peeks.Add(1)
	return c.r.Peek(n)
}

func TestWrapperLiesBelowBothProtocols(t *testing.T) {
	type onlyConn struct{ net.Conn } // a wrapper that cannot peek
	var peeks atomic.Int32
	for name, wrap := range map[string]func(net.Conn) net.Conn{
		"plain wrapper":   func(conn net.Conn) net.Conn { return onlyConn{conn} },
		"peeking wrapper": func(conn net.Conn) net.Conn { return &countingConn{conn, bufio.NewReader(conn), &peeks} },
	} {
		t.Run(name, func(t *testing.T) {
			var last atomic.Value
			address, roots := serve(t, Options{Wrap: func(conn net.Conn) net.Conn {
				wrapped := wrap(conn)
				last.Store(&wrapped)
				return wrapped
			}})
			get(t, "http://"+address, nil)
			get(t, "https://"+address, roots)
			if last.Load() == nil {
				t.Error("Wrap was not called")
			}
		})
	}
	if got := peeks.Load(); got != 2 {
		t.Errorf("the wrapper's own Peek was called %d times, want 2", got)
	}
}

func TestWrappedFindsTheWrapper(t *testing.T) {
	server, client := net.Pipe()
	defer client.Close()
	defer server.Close()
	type onlyConn struct{ net.Conn }
	below := onlyConn{server}
	cover := &peekConn{Conn: below}
	for name, conn := range map[string]net.Conn{
		"itself":     below,
		"plain":      cover,
		"TLS":        tls.Server(cover, &tls.Config{MinVersion: tls.VersionTLS12}),
		"TLS direct": tls.Server(below, &tls.Config{MinVersion: tls.VersionTLS12}),
	} {
		if got := wrapped(conn); got != below {
			t.Errorf("%s: Wrapped = %T, want the wrapper", name, got)
		}
	}
}

func TestPeekedByteIsReadAgain(t *testing.T) {
	server, client := net.Pipe()
	defer server.Close()
	go func() {
		_, _ = io.WriteString(client, "abc")
		_ = client.Close()
	}()
	conn := &peekConn{Conn: server}
	for range 2 {
		if got, err := conn.Peek(1); err != nil || string(got) != "a" {
			t.Fatalf("Peek = %q, %v", got, err)
		}
	}
	if n, err := conn.Read(nil); n != 0 || err != nil {
		t.Fatalf("empty Read = %d, %v", n, err)
	}
	if got, err := io.ReadAll(conn); err != nil || string(got) != "abc" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestCloseEndsAllThatWait(t *testing.T) {
	certificate, err := SelfSigned(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := Open(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	wrapped := make(chan struct{}, 2)
	l := New(raw, Options{TLS: TLSConfig(certificate), Wrap: func(conn net.Conn) net.Conn {
		wrapped <- struct{}{}
		return conn
	}})

	silent, err := net.Dial("tcp", raw.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	<-wrapped
	unclaimed, err := net.Dial("tcp", raw.Addr().String()) // ready, but nobody calls Accept
	if err != nil {
		t.Fatal(err)
	}
	defer unclaimed.Close()
	if _, err := io.WriteString(unclaimed, "GET"); err != nil {
		t.Fatal(err)
	}
	<-wrapped

	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close = %v", err)
	}
	for _, conn := range []net.Conn{silent, unclaimed} {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(conn); isTimeout(err) {
			t.Error("a connection outlived the listener")
		}
	}
}

// flaky fails twice in ways that pass, then for good.
type flaky struct {
	net.Listener
	calls atomic.Int32
	final error
}

type passing struct{ error }

func (passing) Temporary() bool { return true }

func (f *flaky) Accept() (net.Conn, error) {
	switch f.calls.Add(1) {
	case 1:
		return nil, passing{errors.New("given up in the queue")}
	case 2:
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return nil, f.final
}

func TestAcceptSurvivesWhatPasses(t *testing.T) {
	raw, err := Open(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := &flaky{Listener: raw, final: errors.New("the device is gone")}
	var full atomic.Int32
	l := New(broken, Options{Full: func() { full.Add(1) }})
	if _, err := l.Accept(); !errors.Is(err, broken.final) {
		t.Errorf("Accept = %v, want the final error", err)
	}
	if got := broken.calls.Load(); got != 3 {
		t.Errorf("%d calls, want 3", got)
	}
	if got := full.Load(); got != 1 {
		t.Errorf("was full %d times, want once", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// wrapped returns the connection that Options.Wrap made, given one that Accept
// returned, whether it is TLS or plain.
func wrapped(conn net.Conn) net.Conn {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if cover, ok := conn.(*peekConn); ok {
		conn = cover.Conn
	}
	return conn
}
