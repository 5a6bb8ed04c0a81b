//go:build linux

package attacks

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// keyOf is the secret of a backend that has one scope only.
func keyOf(scope string) string { return "the-secret-of-the-backend-" + scope }

// shown is the header by which one is shown.
func shown(secret string) string { return "Authorization: Bearer " + secret }

// What a backend may do to the clients of others, with a key of one scope that somebody else
// has got hold of.
func orders() []attack {
	const room = "room 0"
	return []attack{
		{name: "events of 60 kB to a room of the crowd, some of it on slow links", short: true, does: func(b *band) {
			begun := b.slowReaders(room)
			begun()
			body := `{"room":"` + room + `","event":"loud","args":["` + strings.Repeat("x", 60_000) + `"]}`
			b.stream(8, func(int, int) []byte {
				return []byte(request(http.MethodPost, "/api/emit", body, shown(keyOf("emit"))))
			})
		}},
		{name: "events with keys, all different", grows: 512 << 20, does: func(b *band) {
			b.stream(16, func(connection, turn int) []byte {
				return many(connection, turn, func(n int) string {
					return request(http.MethodPost, "/api/emit", `{"room":"nobody","event":"e"}`, shown(keyOf("emit")), fmt.Sprintf("Idempotency-Key: %0128d", n))
				})
			})
		}},
		{name: "presence of 500 at a time", does: func(b *band) {
			names := strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("x", 255)+`",`, 500), ",")
			b.stream(8, func(int, int) []byte {
				return []byte(request(http.MethodPost, "/api/presence", `{"rooms":[`+names+`]}`, shown(keyOf("read"))))
			})
		}},
		{name: "closing of rooms and sockets that are not there", does: func(b *band) {
			b.stream(8, func(connection, turn int) []byte {
				return many(connection, turn, func(n int) string {
					return request(http.MethodDelete, fmt.Sprintf("/api/rooms/nobody-%d/sockets", n), "", shown(keyOf("close"))) +
						request(http.MethodDelete, fmt.Sprintf("/api/sockets/nobody-%d", n), "", shown(keyOf("close")))
				})
			})
		}},
		{name: "secrets that nobody has", does: func(b *band) {
			b.stream(8, func(connection, turn int) []byte {
				return many(connection, turn, func(n int) string {
					return request(http.MethodPost, "/api/emit", `{"room":"`+room+`","event":"e"}`, shown(fmt.Sprintf("guess-%d", n)))
				})
			})
		}},
	}
}

func TestBackendsHurtNobody(t *testing.T) {
	var flags []string
	for _, scope := range []string{"read", "emit", "close"} {
		flags = append(flags, "--api-key", scope+":"+scope+":"+keyOf(scope))
	}
	s := lay(t, extentOf(t), flags...)
	for _, of := range orders() {
		s.play(t, of)
	}
	s.report(t)
}
