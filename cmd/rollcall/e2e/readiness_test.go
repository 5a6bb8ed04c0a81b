//go:build unix

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/identity/postgrestest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// readyz is what a node says of itself to balancers.
type readyz struct {
	status      int
	Title       string
	Checks      map[string]string
	Lost        []string
	contentType string
}

func askReadyz(node *harness.Node) (r readyz, err error) {
	answer, err := node.Do(http.MethodGet, "/readyz", "")
	if err == nil {
		err = json.Unmarshal([]byte(answer.Body), &r)
	}
	r.status, r.contentType = answer.Status, answer.Header.Get("Content-Type")
	return r, err
}

// mustBecome waits until /readyz answers with a status and, unless it is 200, a title
// that says all that.
func mustBecome(t testing.TB, node *harness.Node, status int, says ...string) readyz {
	t.Helper()
	var r readyz
	harness.Eventually(t, harness.Patience, func() (err error) {
		if r, err = askReadyz(node); err == nil && r.status != status {
			err = fmt.Errorf("/readyz: %+v", r)
		}
		for _, text := range says {
			if err == nil && !strings.Contains(r.Title, text) {
				err = fmt.Errorf("/readyz says %q, want %q in it", r.Title, text)
			}
		}
		return err
	})
	if status == http.StatusServiceUnavailable && r.contentType != "application/problem+json" {
		t.Errorf("/readyz is %s", r.contentType)
	}
	return r
}

// polls returns the status with which a client that polls is let in.
func polls(t testing.TB, node *harness.Node) int {
	t.Helper()
	answer, err := node.Do(http.MethodGet, "/socket.io/?EIO=4&transport=polling&room=r&id_user=1", "")
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status
}

// A node is ready when a join could succeed: not before its user store has answered,
// and has the schema that the program expects. Once it has served, it goes on while
// the store is away, as all nodes do: those whom it knows may join.
func TestANodeIsReadyWhenUsersCanBeRead(t *testing.T) {
	t.Parallel()
	server := postgrestest.StartOwn(t)
	url := server.NewDatabase(t)
	server.Stop()
	node := harness.NewNode(t, "node-1", harness.LocalPlaces(t, 1)[0], "--database-url", url)
	node.Start()
	r := mustBecome(t, node, http.StatusServiceUnavailable, "takes no clients now", "user store does not answer")
	if r.Checks["member"] != "ok" || r.Checks["store"] == "ok" || polls(t, node) != http.StatusServiceUnavailable {
		t.Errorf("with no store: %+v; a client is answered %d", r, polls(t, node))
	}
	if answer, err := node.Do(http.MethodGet, "/healthz", ""); err != nil || answer.Status != http.StatusOK {
		t.Errorf("with no store /healthz answers %v, %v: it would be restarted for nothing", answer, err)
	}

	server.Start()
	mustBecome(t, node, http.StatusServiceUnavailable, "20261124090000_create_users", "rollcall db migrate")

	harness.MakeStore(t, "--database-url", url)
	mustBecome(t, node, http.StatusOK)
	harness.Eventually(t, harness.Patience, func() error {
		if !strings.Contains(node.Output.String(), "INF ready ") {
			return errors.New("the log does not say that the node became ready")
		}
		return nil
	})
	known, _ := joinRaw(t, node, "r", "1")
	defer known.Close()

	server.Stop()
	harness.Eventually(t, harness.Patience, func() error {
		if r, err := askReadyz(node); err != nil || r.Checks["store"] == "ok" {
			return fmt.Errorf("/readyz: %+v, %w", r, err)
		}
		return nil
	})
	mustBecome(t, node, http.StatusOK)
	again, _ := joinRaw(t, node, "r", "1")
	defer again.Close()
	server.Start()
}

// A database whose encoding cannot hold every name can never be used.
func TestADatabaseOfAnotherEncodingIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	url := postgrestest.Start(t).NewDatabase(t, "ENCODING 'LATIN1' TEMPLATE template0")
	node := harness.NewNode(t, "node-1", harness.LocalPlaces(t, 1)[0], "--database-url", url)
	migrate := harness.NewProcess(t, "rollcall db migrate", "db", "migrate", "--database-url", url)
	for _, process := range []*harness.Process{node.Process, migrate} {
		process.Start()
		if code := process.Exit(harness.Patience); code == 0 || !strings.Contains(process.Output.String(), "the encoding LATIN1") {
			t.Errorf("exit code %d, and says %s", code, process.Output)
		}
	}
}
