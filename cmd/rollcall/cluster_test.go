package main

import (
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/listen"
	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

func TestEachNodeGetsItsOwnPortsAndAllTheOthers(t *testing.T) {
	withoutEnvironment(t)
	cluster := clusterCmd(t, "--nodes", "2", "--listen", ":5009", "--node-port", "5101", "--actor-port", "5201", "--gossip-port", "5301")
	nodes := cluster.children(supervisor.NewMerge(nil))
	if len(nodes) != 2 {
		t.Fatalf("%d nodes", len(nodes))
	}
	second := parsed(t, nodes[1].Args).Serve
	if second.Name != "node-2" || second.Listen != "127.0.0.1:5102" || second.Actor != "127.0.0.1:5202" ||
		second.Gossip != "127.0.0.1:5302" || !second.Supervised {
		t.Errorf("node-2 is %+v", second)
	}
	if want := []Address{"127.0.0.1:5301", "127.0.0.1:5302"}; !slices.Equal(second.Join, want) {
		t.Errorf("node-2 joins %v", second.Join)
	}
	if shares := second.Shared == ":5009"; shares != listen.CanShare {
		t.Errorf("node-2 shares %q", second.Shared)
	}
}

func TestTheBaseURLIsOneThatABrowserTakes(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "https://localhost:5009"},
		{[]string{"--listen", ":80", "--tls", "off"}, "http://localhost:80"},
		{[]string{"--listen", "0.0.0.0:5010"}, "https://localhost:5010"},
		{[]string{"--listen", "[2001:db8::1]:5009"}, "https://[2001:db8::1]:5009"},
	} {
		withoutEnvironment(t)
		cluster := clusterCmd(t, test.args...)
		if got := cluster.baseURL(cluster.Listen); got != test.want {
			t.Errorf("%v: %s, want %s", test.args, got, test.want)
		}
	}
}

// What is printed leads into a room, whoever users have to prove that they are.
func TestTheFirstPageIsOneThatLetsPeopleIn(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "https://localhost:5009/ui/Maths?id_user=1"},
		{[]string{"--auth", "jwt", "--jwt-secret", tokenSecret}, "rollcall token --sub 1 --room Maths --url https://localhost:5009"},
		{[]string{"--auth", "jwt", "--jwt-secret", tokenSecret, "--jwt-issuer", "me", "--jwt-audience", "roll call,two", "--jwt-user-claim", "it's"},
			`rollcall token --sub 1 --room Maths --jwt-issuer me --jwt-audience 'roll call' --jwt-user-claim 'it'\''s' --url https://localhost:5009`},
		{[]string{"--auth", "jwt", "--jwt-secret", tokenSecret, "--jwt-audience", "*"}, "--room Maths --url https://localhost:5009"},
		{[]string{"--auth", "jwt", "--jwt-key", publicKeyFile(t)}, "https://localhost:5009/ui/Maths, with a token"},
	} {
		withoutEnvironment(t)
		cluster := clusterCmd(t, test.args...)
		if got := cluster.firstPage(); !strings.Contains(got, test.want) || strings.Contains(got, "swordfish") {
			t.Errorf("%v: %s, want %s", test.args, got, test.want)
		}
	}
}

func TestClusterOnATakenPortFailsAtOnce(t *testing.T) {
	withoutEnvironment(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := t.TempDir()
	code, _, stderr := rollcall(t, "cluster", "--data", data, "--listen", taken.Addr().String())
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if code != exitFailed || !strings.Contains(stderr, "port "+port) || !strings.Contains(stderr, "--listen") {
		t.Errorf("exit code %d, error %q", code, stderr)
	}
	if made, err := filepath.Glob(filepath.Join(data, "*.db")); err != nil || len(made) != 0 {
		t.Errorf("something was started: %v, %v", made, err)
	}
}

func TestSecondClusterOnADataFolderFailsAtOnce(t *testing.T) {
	withoutEnvironment(t)
	data := t.TempDir()
	first, err := supervisor.Claim(filepath.Join(data, "cluster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	code, _, stderr := rollcall(t, "cluster", "--data", data)
	if code != exitFailed || !strings.Contains(stderr, "running on "+data) || !strings.Contains(stderr, "--data") {
		t.Errorf("exit code %d, error %q", code, stderr)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
}
