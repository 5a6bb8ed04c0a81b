//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A Redis whose user may subscribe and not publish: the nodes are ready, as presence
// needs no Redis, and everywhere it shows what is wrong.
func TestARedisThatRefusesANodeShows(t *testing.T) {
	t.Parallel()
	cluster := harness.StartSetup(t, harness.Setup{
		Places: harness.LocalPlaces(t, 2), Flags: []string{"--admin-token", adminToken},
		Redis: func(server *redistest.Server) string {
			admin := redis.NewClient(&redis.Options{Addr: server.Addr()})
			defer admin.Close()
			if err := admin.Do(t.Context(), "ACL", "SETUSER", "node", "on", ">hunter2", "~*", "&*", "+@all", "-publish").Err(); err != nil {
				t.Fatal(err)
			}
			return "redis://node:hunter2@" + server.Addr()
		},
	})
	for _, node := range cluster.Nodes {
		harness.Eventually(t, harness.Patience, func() error {
			r, err := askReadyz(node)
			if err == nil && (r.status != http.StatusOK || !strings.Contains(r.Checks["redis"], "refuses") || strings.Contains(r.Checks["redis"], "NOPERM")) {
				err = fmt.Errorf("/readyz: %+v", r)
			}
			return err
		})
		if said := node.Output.String(); strings.Count(said, "NOPERM") != 1 || strings.Contains(said, "hunter2") {
			t.Errorf("%s logged:\n%s", node.Name, said)
		}
	}
	harness.Eventually(t, harness.Patience, func() error {
		state, err := stateAt(cluster.Nodes[0])
		for _, n := range state.Nodes {
			if err == nil && (n.Redis.State != "down" || !strings.Contains(n.Redis.Error, "NOPERM")) {
				err = fmt.Errorf("the dashboard shows %+v", n)
			}
		}
		return err
	})
}
