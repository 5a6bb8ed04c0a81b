//go:build unix

package harness

import (
	"errors"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Local is a cluster as rollcall cluster runs it: one process, whose children the
// nodes are.
type Local struct {
	*Process
	Addr  string // that the nodes share, host:port
	Nodes []*Node
	HTTP  *http.Client
	Data  string // its folder

	ports int // the first of all that the cluster has
	count int
}

// StartLocal runs rollcall cluster with n nodes, a data folder of its own and
// further flags, and returns when all know each other and serve.
func StartLocal(t testing.TB, n int, flags ...string) *Local {
	t.Helper()
	l := &Local{HTTP: newHTTP(t), count: 1 + 3*n}
	l.ports = Ports(t, l.count)
	l.Addr = Loopback(l.ports)
	l.Data = filepath.Join(t.TempDir(), "data") // which it makes itself
	l.Process = l.Again(t, append(flags, "--data", l.Data)...)
	for i := range n {
		l.Nodes = append(l.Nodes, &Node{Name: "node-" + strconv.Itoa(i+1), Addr: Loopback(l.ports + 1 + i), http: l.HTTP})
	}
	l.Process.Start()
	AwaitMembers(t, l.Nodes...)
	return l
}

// Again returns another rollcall cluster on the same ports, with a data folder of
// its own. It does not run yet.
func (l *Local) Again(t testing.TB, flags ...string) *Process {
	t.Helper()
	n := (l.count - 1) / 3
	return NewProcess(t, "rollcall cluster", append([]string{
		"cluster", "--nodes", strconv.Itoa(n), "--data", t.TempDir(), "--listen", l.Addr,
		"--node-port", strconv.Itoa(l.ports + 1),
		"--actor-port", strconv.Itoa(l.ports + 1 + n),
		"--gossip-port", strconv.Itoa(l.ports + 1 + 2*n),
	}, flags...)...)
}

// Children returns the ids of the running nodes' processes, by the nodes' names.
func (l *Local) Children(t testing.TB) map[string]int {
	t.Helper()
	list, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,args=").Output()
	if err != nil {
		t.Fatalf("list processes: %v", err)
	}
	parent := strconv.Itoa(l.PID())
	children := make(map[string]int)
	for line := range strings.Lines(string(list)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[1] != parent {
			continue
		}
		pid, err := strconv.Atoi(fields[0])
		if err != nil {
			t.Fatalf("list processes: %q", line)
		}
		_, after, _ := strings.Cut(line, "--name ")
		name, _, _ := strings.Cut(after, " ")
		children[name] = pid
	}
	return children
}

// Dashboard returns the URL of the dashboard that the cluster has printed.
func (l *Local) Dashboard(t testing.TB) *url.URL {
	t.Helper()
	printed := regexp.MustCompile(`the dashboard: (http\S+?/dash(\?token=[^\s"]*)?)[\s,"]`)
	var found *url.URL
	Eventually(t, Patience, func() (err error) {
		match := printed.FindStringSubmatch(l.Output.String())
		if match == nil {
			return errors.New("no URL of a dashboard was printed")
		}
		found, err = url.Parse(match[1])
		return err
	})
	return found
}

// PortsAreFree tells whether nothing listens any more where the cluster did.
func (l *Local) PortsAreFree() bool { return allFree(l.ports, l.count) }
