//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Secrets that come from files show nowhere: neither in a list of processes nor in what
// is logged, also while what they are for refuses them.
func TestSecretsFromFilesShowNowhere(t *testing.T) {
	t.Parallel()
	server, folder := redistest.Start(t, "--requirepass", "swordfish-of-redis"), t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const token = "swordfish of the operators"
	for name, password := range map[string]string{"right": "swordfish-of-redis", "wrong": "swordfish-of-another"} {
		cluster := harness.StartLocal(t, 2, "--log-level", "debug",
			"--cluster-key-file", file(name+"-key", "swordfish of the cluster"), "--admin-token-file", file(name+"-token", token),
			"--redis-url-file", file(name+"-redis", "redis://:"+password+"@"+server.Addr()))
		harness.Eventually(t, harness.Patience, func() error {
			answer, err := cluster.Nodes[0].Do(http.MethodGet, "/metrics", "", "Authorization: Bearer "+token)
			if err == nil && answer.Status != http.StatusOK {
				t.Errorf("%s: the token does not open: %d", name, answer.Status)
			}
			return err
		})
		harness.Eventually(t, harness.Patience, func() error { // that it was used
			r, err := askReadyz(cluster.Nodes[1])
			if ok := r.Checks["redis"] == "ok"; err == nil && ok != (name == "right") {
				err = fmt.Errorf("%s: /readyz says %+v", name, r)
			}
			return err
		})
		processes, err := exec.Command("ps", "-A", "-ww", "-o", "args=").Output()
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join(cluster.Data, "logs", "cluster.log"))
		if err != nil {
			t.Fatal(err)
		}
		readyz, err := cluster.Nodes[0].Do(http.MethodGet, "/readyz", "")
		if err != nil {
			t.Fatal(err)
		}
		for where, text := range map[string]string{
			"a list of processes": string(processes), "what is printed": cluster.Output.String(), "the log": string(kept), "/readyz": readyz.Body,
		} {
			for line := range strings.Lines(text) {
				if strings.Contains(line, "swordfish") && !strings.Contains(line, "redis-server") {
					t.Errorf("%s: %s shows %s", name, where, line)
				}
			}
		}
		cluster.Terminate()
	}
}
