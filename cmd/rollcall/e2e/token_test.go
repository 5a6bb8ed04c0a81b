//go:build unix

package e2e

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Nginx on this machine makes everybody a client of this machine, and whoever calls
// the cluster may call it localhost.
func TestALocalClusterIsOpenToNobodyWithoutTheTokenThatItPrinted(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.StartLocal(t, 2, "--allowed-hosts", "nodes"), clients.Start(t) // as nginx calls them
	at := cluster.Dashboard(t)
	token := at.Query().Get("token")
	if len(token) < 32 || at.Scheme != "https" || at.Hostname() != "localhost" || !strings.HasSuffix(cluster.Addr, ":"+at.Port()) {
		t.Fatalf("the dashboard is at %s", at)
	}
	ports := harness.Ports(t, 2)
	harness.StartNginx(t, cluster.Nodes, []int{ports, ports + 1}, fmt.Sprintf(
		"server { listen 127.0.0.1:%d; location / { proxy_pass http://nodes; } }\n"+
			"server { listen 127.0.0.1:%d; location / { proxy_pass http://nodes; proxy_set_header Host $host; } }\n", ports, ports+1), "")
	for _, base := range []string{
		"http://" + cluster.Nodes[0].Addr, "http://" + cluster.Nodes[1].Addr, "https://" + cluster.Addr,
		"http://" + harness.Loopback(ports), "http://" + harness.Loopback(ports+1),
	} {
		for _, path := range []string{"/api/dash/nodes", "/metrics"} {
			for shown, want := range map[string]int{"": http.StatusUnauthorized, "Bearer wrong": http.StatusUnauthorized, "Bearer " + token: http.StatusOK} {
				request, err := http.NewRequest(http.MethodGet, base+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Host = "localhost"
				request.Header.Set("Authorization", shown)
				answer, err := cluster.HTTP.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = answer.Body.Close()
				if answer.StatusCode != want {
					t.Errorf("%s%s with %q: %d, want %d", base, path, shown, answer.StatusCode, want)
				}
			}
		}
	}
	oversee(agent, cluster.Nodes[0], "").AwaitKind(t, harness.Patience, clients.Refused)
	oversee(agent, cluster.Nodes[1], token).AwaitEvent(t, harness.Patience, "state")

	t.Run("the token is its owner's alone", func(t *testing.T) {
		file := filepath.Join(cluster.Data, "admin-token")
		text, err := os.ReadFile(file)
		info, failed := os.Stat(file)
		if err != nil || failed != nil || strings.TrimSpace(string(text)) != token || info.Mode() != 0o600 {
			t.Errorf("%q, %v, %v %v", text, info, err, failed)
		}
		kept, err := os.ReadFile(filepath.Join(cluster.Data, "logs", "cluster.log"))
		if err != nil || strings.Contains(string(kept), token) || !strings.Contains(string(kept), file) {
			t.Errorf("the log that is kept: %v\n%s", err, kept)
		}
		processes, err := exec.Command("ps", "-A", "-o", "args=").Output()
		if err != nil || strings.Contains(string(processes), token) {
			t.Errorf("it shows in the list of processes: %v", err)
		}
	})
	t.Run("all that the cluster keeps is its owner's alone", func(t *testing.T) {
		kept := make(map[string]bool)
		err := filepath.WalkDir(cluster.Data, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			kept[entry.Name()] = true
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has the mode %v", path, info.Mode())
			}
			return err
		})
		for _, name := range []string{"rollcall.db", "rollcall.db-wal", "rollcall.db-shm", "tls.pem", "cluster.log", "cluster.pid", "admin-token"} {
			if err != nil || !kept[name] {
				t.Errorf("%s is not among %v, %v", name, kept, err)
			}
		}
		if said := cluster.Output.String(); strings.Contains(said, "may read") {
			t.Errorf("it is warned about:\n%s", said)
		}
	})
	t.Run("it stays over restarts", func(t *testing.T) {
		cluster.Terminate()
		cluster.Start()
		harness.AwaitMembers(t, cluster.Nodes...)
		answer, err := cluster.Nodes[1].Do(http.MethodGet, "/metrics", "", "Authorization: Bearer "+token)
		if err != nil || answer.Status != http.StatusOK {
			t.Errorf("%v %v", answer, err)
		}
	})
}

func TestAConfiguredTokenWins(t *testing.T) {
	t.Parallel()
	locked := harness.StartLocal(t, 1, "--admin-token", adminToken)
	if at := locked.Dashboard(t); at.RawQuery != "" {
		t.Errorf("the token that was configured is printed: %s", at)
	}
	if answer, err := locked.Nodes[0].Do(http.MethodGet, "/metrics", ""); err != nil || answer.Status != http.StatusUnauthorized {
		t.Errorf("%v %v", answer, err)
	}
	if _, err := stateAt(locked.Nodes[0]); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(locked.Data, "admin-token")); !os.IsNotExist(err) {
		t.Errorf("another one was made: %v", err)
	}
}

// A node of its own, as rollcall serve starts it.
func TestANodeOfItsOwnMakesATokenIfOnlyThisMachineReachesIt(t *testing.T) {
	t.Parallel()
	for listen, open := range map[string]bool{"127.0.0.1": true, "": false} {
		first, data := harness.Ports(t, 3), t.TempDir()
		node := harness.NewProcess(t, "node", "serve", "--auth", "none", "--data", data, "--listen", listen+":"+strconv.Itoa(first),
			"--actor", harness.Loopback(first+1), "--gossip", harness.Loopback(first+2))
		node.Start()
		get := func(shown string) (status int) {
			harness.Eventually(t, harness.Patience, func() error {
				request, err := http.NewRequest(http.MethodGet, "http://"+harness.Loopback(first)+"/metrics", nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Authorization", shown)
				answer, err := http.DefaultClient.Do(request)
				if err != nil {
					return err
				}
				status = answer.StatusCode
				return answer.Body.Close()
			})
			return status
		}
		if !open {
			if status, said := get(""), node.Output.String(); status != http.StatusNotFound || !strings.Contains(said, "no --admin-token") || strings.Count(said, "any id_user") != 1 {
				t.Errorf("%s: %d", listen, status)
			}
			continue
		}
		if status := get(""); status != http.StatusUnauthorized {
			t.Errorf("without a token: %d", status)
		}
		token, err := os.ReadFile(filepath.Join(data, "admin-token"))
		if err != nil {
			t.Fatal(err)
		}
		if status := get("Bearer " + strings.TrimSpace(string(token))); status != http.StatusOK {
			t.Errorf("with the token: %d", status)
		}
		if said := node.Output.String(); strings.Contains(said, strings.TrimSpace(string(token))) || !strings.Contains(said, "admin-token") {
			t.Errorf("a log that nobody looks at has the token, or does not say where it is:\n%s", said)
		}
	}
}
