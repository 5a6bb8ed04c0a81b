//go:build unix

package harness

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// Nginx stands in front of nodes.
type Nginx struct {
	Output *Output // what it has logged
}

// StartNginx runs nginx until the test ends, and returns when it listens at all of
// the ports. http and stream are what is in these two blocks of its configuration;
// in both there is an upstream "nodes", which gives each connection to the next node,
// and in http the variable $connection_upgrade.
func StartNginx(t testing.TB, nodes []*Node, ports []int, http, stream string) *Nginx {
	t.Helper()
	program, module := findNginx(t)
	folder := t.TempDir()
	var upstream strings.Builder
	for _, n := range nodes {
		fmt.Fprintf(&upstream, "server %s; ", n.Addr)
	}
	var temporary strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temporary, "%s_temp_path %s; ", kind, filepath.Join(folder, kind))
	}
	config := fmt.Sprintf(`%s
daemon off;
master_process off;
pid %s;
error_log stderr;
events { worker_connections 512; }
http {
	access_log off;
	%s
	map $http_upgrade $connection_upgrade { default upgrade; "" close; }
	upstream nodes { %s }
	%s
}
stream {
	upstream nodes { %[4]s }
	%[6]s
}
`, module, filepath.Join(folder, "pid"), temporary.String(), upstream.String(), http, stream)
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	n := &Nginx{Output: new(Output)}
	cmd := exec.Command(program, "-p", folder, "-e", "stderr", "-c", file)
	cmd.Stdout, cmd.Stderr = n.Output, n.Output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start nginx: %v", err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // whether it was well shows in what it logged
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-exited
		if t.Failed() {
			t.Logf("nginx:\n%s\n%s", n.Output.tail(tailLines), config)
		}
	})
	Eventually(t, Patience, func() error {
		for _, port := range ports {
			conn, err := net.Dial("tcp", Loopback(port))
			if err != nil {
				return fmt.Errorf("%w: %s", err, n.Output)
			}
			_ = conn.Close()
		}
		return nil
	})
	return n
}

// findNginx returns the program, and the line by which it loads the module for
// streams, if that is not part of it.
func findNginx(t testing.TB) (program, module string) {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx" // where Debian has it, out of the path of users
	}
	about, err := exec.Command(program, "-V").CombinedOutput()
	if err != nil {
		t.Fatalf("this test needs nginx with its stream module (apt install nginx libnginx-mod-stream, brew install nginx): %v", err)
	}
	folder := regexp.MustCompile(`--modules-path=(\S+)`).FindSubmatch(about)
	if folder == nil || !strings.Contains(string(about), "--with-stream=dynamic") {
		return program, ""
	}
	return program, "load_module " + filepath.Join(string(folder[1]), "ngx_stream_module.so") + ";"
}
