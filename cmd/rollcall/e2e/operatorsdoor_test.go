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
	for _, test := range []struct {
		ways  []string // by which headers nginx passes requests on, over HTTP
		flags []string // of the cluster
	}{
		{ways: []string{"", "proxy_set_header Host $host; ", "proxy_set_header Host localhost; "}},
		{ways: []string{"", "proxy_set_header Host $host; "}, flags: []string{"--trusted-proxy", "127.0.0.1"}},
	} {
		l := harness.StartLocal(t, 2, test.flags...)
		first := harness.Ports(t, len(test.ways)+1)
		announced := first + len(test.ways)
		at := map[string]int{"PROXY protocol": announced}
		ports := []int{announced}
		var https strings.Builder
		for i, headers := range test.ways {
			at["over HTTP, "+headers] = first + i
			ports = append(ports, first+i)
			fmt.Fprintf(&https, "server { listen %s; location / { %s%s} }\n", harness.Loopback(first+i), harness.ThroughNginx, headers)
		}
		harness.StartNginx(t, l.Nodes, ports, https.String(),
			fmt.Sprintf("server { listen %s; proxy_pass nodes; proxy_protocol on; }", harness.Loopback(announced)))
		for way, port := range at {
			answered := knocks(t, fmt.Sprintf("%q, %s", test.flags, way), l.HTTP, harness.Loopback(port), l.Nodes[0].Addr)
			if answered == 0 && (port != announced || test.flags != nil) {
				t.Errorf("%q, %s: nobody answers", test.flags, way)
			}
		}
	}
}

// knocks asks at an address for all that operators may see, under several names, and
// returns how often it got an answer.
func knocks(t *testing.T, way string, client *http.Client, address string, names ...string) (answered int) {
	t.Helper()
	for _, host := range append(names, address, "localhost", "127.0.0.1", "rollcall.example") {
		for _, path := range []string{"/api/dash/nodes", "/api/dash/traces", "/metrics"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = host
			answer, err := client.Do(request)
			if err != nil { // the connection is not taken
				continue
			}
			_ = answer.Body.Close()
			answered++
			if answer.StatusCode < 400 {
				t.Errorf("%s, Host %s, %s: %d", way, host, path, answer.StatusCode)
			}
		}
	}
	return answered
}
