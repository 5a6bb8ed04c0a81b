package listen

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// remotes serves what address each request comes from.
func remotes(t *testing.T, options Options) (address string, roots *x509.CertPool) {
	t.Helper()
	return run(t, options, &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "from "+r.RemoteAddr)
	})})
}

func everybody(net.Addr) bool { return true }
func nobody(net.Addr) bool    { return false }

// header is what a proxy says of a client.
func header(t *testing.T, version byte, client string) string {
	t.Helper()
	from, err := net.ResolveTCPAddr("tcp", client)
	if err != nil {
		t.Fatal(err)
	}
	to := &net.TCPAddr{IP: net.ParseIP("192.0.2.200"), Port: 443}
	if from.IP.To4() == nil {
		to.IP = net.ParseIP("2001:db8::200")
	}
	var b bytes.Buffer
	if _, err := proxyproto.HeaderProxyFromAddrs(version, from, to).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestConnectionsOfProxiesAreThoseOfTheirClients(t *testing.T) {
	address, roots := remotes(t, Options{Announces: everybody})
	local, err := (&proxyproto.Header{Version: 2, Command: proxyproto.LOCAL}).Format()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ says, want string }{
		"version 1":               {header(t, 1, "192.0.2.1:1234"), "from 192.0.2.1:1234"},
		"version 1, IPv6":         {header(t, 1, "[2001:db8::1]:1234"), "from [2001:db8::1]:1234"},
		"version 2":               {header(t, 2, "192.0.2.1:1234"), "from 192.0.2.1:1234"},
		"version 2, IPv6":         {header(t, 2, "[2001:db8::1]:1234"), "from [2001:db8::1]:1234"},
		"of the proxy itself":     {string(local), "from 127.0.0.1:"},
		"of nobody that it knows": {"PROXY UNKNOWN\r\n", "from 127.0.0.1:"},
		"no header":               {"", "from 127.0.0.1:"},
	} {
		for _, secure := range []bool{false, true} {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, test.says); err != nil {
				t.Fatal(err)
			}
			if secure {
				conn = tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "localhost"})
			}
			if got := ask(t, conn); !strings.HasPrefix(got, test.want) {
				t.Errorf("%s, TLS %v: %q, want %s", name, secure, got, test.want)
			}
		}
	}
}

// ask makes a request over a connection, and returns the body of its answer, or what
// went wrong: who is not believed may be cut off while it reads why.
func ask(t *testing.T, conn net.Conn) string {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}}
	defer client.CloseIdleConnections()
	answer, err := client.Get("http://localhost/")
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func TestWhatAStrangerAnnouncesIsNotBelieved(t *testing.T) {
	address, _ := remotes(t, Options{Announces: nobody})
	for _, version := range []byte{1, 2} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, header(t, version, "192.0.2.1:1234")); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, conn); strings.Contains(got, "192.0.2.1") || strings.HasPrefix(got, "from") {
			t.Errorf("version %d: %q", version, got)
		}
	}
}

// A header that is cut short, broken or never comes ends its own connection only.
func TestProxiesThatDoNotComeToTheirPoint(t *testing.T) {
	address, _ := remotes(t, Options{Announces: everybody, Patience: 50 * time.Millisecond})
	for name, says := range map[string]string{
		"nothing":          "",
		"half a version 1": "PROXY TCP4 192.0.2.1",
		"half a version 2": header(t, 2, "192.0.2.1:1234")[:20],
		"a bad address":    "PROXY TCP4 nowhere 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\n\r\n",
		"endless":          "PROXY " + strings.Repeat("x", 1000),
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, says); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(conn); isTimeout(err) || strings.HasPrefix(string(got), "HTTP/1.1 200") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		_ = conn.Close()
	}
}

// bytesConn is a connection of which all bytes have come.
type bytesConn struct {
	net.Conn
	io.Reader
}

func (c bytesConn) Read(p []byte) (int, error)      { return c.Reader.Read(p) }
func (c bytesConn) RemoteAddr() net.Addr            { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1} }
func (c bytesConn) LocalAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 2} }
func (c bytesConn) SetReadDeadline(time.Time) error { return nil }
func (c bytesConn) SetDeadline(time.Time) error     { return nil }

// What begins a connection is a header, which is taken, or is left as it is.
func FuzzAnnouncement(f *testing.F) {
	for _, seed := range []string{"", "G", "GET / HTTP/1.1\r\n\r\n", "PUT / HTTP/1.1\r\n\r\n", "PROXY UNKNOWN\r\nGET", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET",
		"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x00\x02GET", "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00\x16\x03\x01"} {
		f.Add([]byte(seed))
	}
	l := &Listener{options: Options{Announces: everybody, Patience: time.Second}}
	f.Fuzz(func(t *testing.T, data []byte) {
		conn := l.announced(bytesConn{Reader: bytes.NewReader(data)})
		if conn.readHeader() != nil {
			return
		}
		remote := conn.RemoteAddr().String()
		rest, err := io.ReadAll(conn)
		if err != nil || !bytes.HasSuffix(data, rest) || conn.ProxyHeader() == nil && len(rest) != len(data) {
			t.Errorf("from %s: %q of %q, %v", remote, rest, data, err)
		}
	})
}
