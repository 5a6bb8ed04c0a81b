//go:build linux

package attacks

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// get is a GET request with further header lines.
func get(path string, headers ...string) string { return request(http.MethodGet, path, "", headers...) }

func request(method, path, body string, headers ...string) string {
	length := ""
	if body != "" {
		length = fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	lines := ""
	for _, h := range headers {
		lines += h + "\r\n"
	}
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n%s", method, path, length, lines, body)
}

// many are the requests that of returns for 20 numbers, one after the other.
func many(connection, turn int, of func(n int) string) []byte {
	var b strings.Builder
	for i := range 20 {
		b.WriteString(of(connection<<40 + turn*20 + i))
	}
	return []byte(b.String())
}

// hello is how a TLS client begins.
func hello(t testing.TB) string {
	t.Helper()
	client, server := net.Pipe()
	defer server.Close()
	go func() {
		defer client.Close()
		_ = tls.Client(client, &tls.Config{ServerName: "localhost"}).Handshake() // nobody answers
	}()
	start := make([]byte, 5)
	if _, err := io.ReadFull(server, start); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, int(start[3])<<8|int(start[4]))
	if _, err := io.ReadFull(server, rest); err != nil {
		t.Fatal(err)
	}
	return string(start) + string(rest)
}

// heartbeat is after how long a client that says nothing is taken for gone.
const heartbeat = 40 * time.Second

// What may be asked over HTTP.
func requests() []attack {
	const handshake = "/socket.io/?EIO=4&transport=polling&room=room+0&id_user=" + mallory
	return []attack{
		{name: "rolls of rooms that nobody is in, all different", short: true, does: func(b *band) {
			b.stream(32, func(connection, turn int) []byte {
				return many(connection, turn, func(n int) string { return get(fmt.Sprintf("/nobody-%d/users", n)) })
			})
		}},
		{name: "polling handshakes without CONNECT", short: true, does: func(b *band) {
			b.stream(16, func(int, int) []byte { return repeated(get(handshake), 20) })
		}},
		{name: "polling sessions with CONNECT, of which nobody polls", grows: 768 << 20, lingers: heartbeat, does: func(b *band) {
			b.together(16, func(int) error {
				_, err := b.session(handshake)
				return err
			})
		}},
		{name: "websockets without CONNECT", does: func(b *band) {
			b.hold(1000, get("/socket.io/?EIO=4&transport=websocket&room=room+0&id_user="+mallory,
				"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), nil)
		}},
		{name: "connections that say nothing", short: true, does: func(b *band) { b.hold(1000, "", nil) }},
		{name: "requests whose header comes by the byte", does: func(b *band) {
			b.hold(500, "GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", func(int) string { return "x" })
		}},
		{name: "requests whose body comes by the byte", does: func(b *band) {
			b.hold(500, "PUT /users/"+mallory+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15000\r\n\r\n{", func(int) string { return " " })
		}},
		{name: "requests with headers of 30 kB", does: func(b *band) {
			padding := strings.Repeat("x", 29_000)
			b.stream(16, func(int, int) []byte { return repeated(get("/room%200/users", "X-Padding: "+padding), 4) })
		}},
		{name: "TLS handshakes that end after the first message", does: func(b *band) {
			first := hello(b)
			b.together(16, func(int) error {
				conn, err := b.dial()
				if err != nil {
					return err
				}
				defer conn.Close()
				if _, err := io.WriteString(conn, first); err != nil {
					return err
				}
				b.count("handshakes", 1)
				_, err = conn.Read(make([]byte, 1)) // the server has signed
				return err
			})
		}},
		{name: "GET / and GET /users", does: func(b *band) {
			b.stream(8, func(int, int) []byte { return repeated(get("/")+get("/users"), 5) })
		}},
		{name: "GET /users of 3,000 ids that nobody has", does: func(b *band) {
			var ids strings.Builder
			for i := range 3000 {
				fmt.Fprintf(&ids, "nobody%d,", i)
			}
			b.stream(8, func(int, int) []byte { return []byte(get("/users?id_user=" + ids.String())) })
		}},
		{name: "users that nobody is, all different", does: func(b *band) {
			b.stream(8, func(connection, turn int) []byte {
				return many(connection, turn, func(n int) string { return get(fmt.Sprintf("/users/nobody-%d", n)) })
			})
		}},
		{name: "handshakes of users that nobody is, all different", does: func(b *band) {
			b.together(8, func(i int) error {
				_, err := b.session(fmt.Sprintf("/socket.io/?EIO=4&transport=polling&room=room+0&id_user=nobody-%d-%d", i, b.counted("sessions")))
				return err
			})
		}},
		{name: "renames of one user", short: true, most: map[string]int{"answers 2xx": 400}, does: func(b *band) {
			b.stream(8, func(_, turn int) []byte {
				return []byte(request(http.MethodPut, "/users/"+mallory, fmt.Sprintf(`{"name":"Mallory %d"}`, turn)))
			})
		}},
		{name: "renames with 2,000 tags in If-Match", does: func(b *band) {
			tags := strings.TrimSuffix(strings.Repeat(`"0",`, 2000), ",")
			b.stream(8, func(int, int) []byte {
				return []byte(request(http.MethodPut, "/users/"+mallory, `{"name":"Mallory"}`, "If-Match: "+tags))
			})
		}},
		{name: "rolls asked for one after the other without waiting, answers unread", does: func(b *band) {
			b.together(16, func(int) error {
				conn, err := b.dial()
				if err != nil {
					return err
				}
				defer conn.Close()
				return b.pour(conn, always(repeated(get("/room%200/users"), 200)))
			})
		}},
		{name: "the client's source asked for over and over, answers unread", does: func(b *band) {
			b.together(64, func(int) error {
				conn, err := b.dial()
				if err != nil {
					return err
				}
				defer conn.Close()
				return b.pour(conn, always(repeated(get("/socket.io/socket.io.js"), 50)))
			})
		}},
		{name: "rolls of a room of the crowd", does: func(b *band) {
			b.stream(8, func(int, int) []byte { return repeated(get("/room%200/users"), 20) })
		}},
		{name: "POSTs of 900 kB to sessions that are none", does: func(b *band) {
			body := strings.Repeat("4", 900_000)
			b.stream(8, func(int, int) []byte {
				return []byte(request(http.MethodPost, "/socket.io/?EIO=4&transport=polling&sid=nothing", body))
			})
		}},
		{name: "POSTs with 400,000 empty packets", does: func(b *band) {
			b.together(4, func(int) error { return b.posts(handshake, strings.Repeat("6\x1e", 400_000)+"6") })
		}},
		{name: "POSTs with 100,000 events", does: func(b *band) {
			b.together(4, func(int) error {
				return b.posts(handshake, strings.Repeat("42[\"x\"]\x1e", 100_000)+"6")
			})
		}},
		{name: "requests for what operators may see, without a token", does: func(b *band) {
			b.stream(8, func(int, int) []byte {
				return repeated(get("/api/dash/nodes")+get("/metrics")+get("/api/dash/traces?limit=200"), 5)
			})
		}},
		{name: "requests that ask to be traced", does: func(b *band) {
			b.stream(8, func(connection, turn int) []byte {
				return many(connection, turn, func(n int) string {
					return get("/room%200/users", fmt.Sprintf("Traceparent: 00-%032x-%016x-01", n+1, n+1))
				})
			})
		}},
		{name: "paths that are not there", does: func(b *band) {
			b.stream(8, func(connection, turn int) []byte {
				return many(connection, turn, func(n int) string { return get(fmt.Sprintf("/a/b/c/%d/..%%2f", n)) })
			})
		}},
	}
}

func TestRequestsHurtNobody(t *testing.T) {
	s := lay(t, extentOf(t))
	for _, of := range requests() {
		s.play(t, of)
	}
	s.report(t)
}
