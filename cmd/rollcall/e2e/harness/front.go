//go:build unix

package harness

import (
	"fmt"
	"strings"
	"testing"
)

// ThroughNginx is what every nginx must pass on for websockets (nginx.org, "WebSocket
// proxying"), to the upstream "nodes".
const ThroughNginx = `proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; `

// Front is an nginx that passes requests on in several ways, each at an address of its own.
type Front struct {
	Plain     string // with the Host of the upstream, and nothing else
	Host      string // with $host, which lacks the port
	Forwarded string // with X-Forwarded-For, -Host and -Proto
	Announced string // as a stream, with the PROXY protocol
}

// StartFront runs such an nginx before nodes, until the test ends.
func StartFront(t testing.TB, nodes []*Node) *Front {
	t.Helper()
	const ways = 4
	f, first := new(Front), Ports(t, ways)
	var https strings.Builder
	ports := make([]int, ways)
	for i, headers := range []string{
		"",
		"proxy_set_header Host $host; ",
		"proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Proto $scheme; ",
	} {
		fmt.Fprintf(&https, "server { listen %s; location / { %s%s} }\n", Loopback(first+i), ThroughNginx, headers)
	}
	for i, at := range []*string{&f.Plain, &f.Host, &f.Forwarded, &f.Announced} {
		ports[i], *at = first+i, Loopback(first+i)
	}
	StartNginx(t, nodes, ports, https.String(),
		fmt.Sprintf("server { listen %s; proxy_pass nodes; proxy_protocol on; }", f.Announced))
	return f
}
