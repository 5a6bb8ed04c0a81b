//go:build linux

package attacks

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// alone runs a node that is a cluster by itself.
func alone(t testing.TB, flags ...string) *harness.Node {
	t.Helper()
	n := harness.NewNode(t, "node-1", harness.LocalPlaces(t, 1)[0], flags...)
	harness.MakeStore(t, "--data", n.Data)
	n.Start()
	harness.AwaitMembers(t, n)
	return n
}

// A page of another origin, and one to whose name a stranger has given the node's address
// (DNS rebinding), change nothing by the browser of somebody who may.
func TestForeignPagesChangeNothing(t *testing.T) {
	n := alone(t)
	before, err := n.Do(http.MethodGet, "/users/1", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, headers := range [][]string{
		{"Origin: https://evil.example"},
		{"Origin: null"},
		{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"},
		{"Host: evil.example", "Origin: http://evil.example"},
		{"Host: evil.example", "Origin: http://evil.example", "Sec-Fetch-Site: same-origin"},
	} {
		for _, path := range []string{"/users/1", "/users?id_user=1"} {
			answer, err := n.Do(http.MethodPut, path, `{"name":"Evil"}`, headers...)
			if err != nil {
				t.Fatal(err)
			}
			if answer.Status < 400 {
				t.Errorf("PUT %s, %q: %d", path, headers, answer.Status)
			}
		}
	}
	after, err := n.Do(http.MethodGet, "/users/1", "")
	if err != nil || after.Body != before.Body {
		t.Errorf("%s, before: %s, %v", after.Body, before.Body, err)
	}
}

// Who asks a node to trace a request fills no operator's list with it.
func TestStrangersChooseNoTraces(t *testing.T) {
	const strange = "5f5f5f5f5f5f5f5f"
	n := alone(t, append(crowd.Operated(), "--trace", "0")...)
	const asked = 200
	for i := range asked {
		if _, err := n.Do(http.MethodGet, "/room/users", "", fmt.Sprintf("Traceparent: 00-%s%016x-%016x-01", strange, i+1, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := n.Do(http.MethodGet, "/api/dash/traces?limit=500", "", "Authorization: Bearer "+crowd.AdminToken)
	if err != nil || kept.Status != http.StatusOK {
		t.Fatalf("%v, %v", kept, err)
	}
	if found := strings.Count(kept.Body, `"trace_id":"`+strange); found > asked/4 { // a few may have been slow
		t.Errorf("%d of %d requests by strangers were kept", found, asked)
	}
}
