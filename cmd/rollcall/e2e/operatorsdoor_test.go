//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A proxy on the same machine makes all the world come from loopback, and may pass on any
// name: neither opens what is for operators.
func TestAProxyOpensNothingForOperators(t *testing.T) {
	t.Parallel()
	l := harness.StartLocal(t, 2, "--trusted-proxy", "127.0.0.1")
	first := harness.Ports(t, 3)
	announced := harness.Loopback(first + 2)
	ports := []int{first, first + 1, first + 2}
	var https strings.Builder
	for i, headers := range []string{"", "proxy_set_header Host $host; "} {
		fmt.Fprintf(&https, "server { listen 127.0.0.1:%d; location / { %s%s} }\n", first+i, throughNginx, headers)
	}
	harness.StartNginx(t, l.Nodes, ports, https.String(),
		fmt.Sprintf("server { listen %s; proxy_pass nodes; proxy_protocol on; }", announced))
	for way, port := range map[string]int{"proxy_pass only": ports[0], "Host $host": ports[1], "PROXY protocol": ports[2]} {
		for _, host := range []string{harness.Loopback(port), "localhost", "127.0.0.1", "rollcall.example", l.Nodes[0].Addr} {
			for _, path := range []string{"/api/dash/nodes", "/api/dash/traces", "/metrics", "/debug/pprof/"} {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+harness.Loopback(port)+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Host = host
				answer, err := l.HTTP.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = answer.Body.Close()
				if answer.StatusCode < 400 || answer.StatusCode >= 500 {
					t.Errorf("%s, Host %s, %s: %d", way, host, path, answer.StatusCode)
				}
			}
		}
	}
}
