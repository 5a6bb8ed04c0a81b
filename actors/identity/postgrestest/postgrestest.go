//go:build unix

// Package postgrestest gives a test a real PostgreSQL: the server that
// ROLLCALL_TEST_POSTGRES_URL names, or one that it starts itself from the
// programs installed on this machine, gone when the test ends. Tests fail, and
// are not skipped, without either.
package postgrestest

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/rollcall/rollcall/actors/identity/internal/daemon"
)

// Server is a PostgreSQL server.
type Server struct {
	*daemon.Daemon // Stop, Start, PID; nil if ROLLCALL_TEST_POSTGRES_URL names the server

	admin  *url.URL // a database from which others can be created
	frozen bool
}

// Start returns a server for the time of the test.
func Start(t testing.TB) *Server {
	t.Helper()
	if address := os.Getenv("ROLLCALL_TEST_POSTGRES_URL"); address != "" {
		return &Server{admin: parse(t, address)}
	}
	return StartOwn(t)
}

// StartOwn returns a server that the test may stop and start again.
func StartOwn(t testing.TB) *Server {
	t.Helper()
	running, address := run(t)
	return &Server{Daemon: running, admin: parse(t, address)}
}

func parse(t testing.TB, address string) *url.URL {
	t.Helper()
	admin, err := url.Parse(address)
	if err != nil {
		t.Fatal("ROLLCALL_TEST_POSTGRES_URL is not a URL like postgres://user:password@host:5432/postgres")
	}
	return admin
}

// NewDatabase creates an empty database, with further options of CREATE DATABASE, and
// returns its URL. It is dropped when the test ends.
func (s *Server) NewDatabase(t testing.TB, options ...string) string {
	t.Helper()
	name := "rollcall_test_" + strings.ToLower(rand.Text())
	s.exec(t, strings.Join(append([]string{"CREATE DATABASE", name}, options...), " "))
	t.Cleanup(func() { s.exec(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	database := *s.admin
	database.Path = "/" + name
	return database.String()
}

func (s *Server) exec(t testing.TB, statement string) {
	t.Helper()
	if err := execute(s.admin.String(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// execute runs one statement on a connection of its own.
func execute(address, statement string) error {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

// run makes a database cluster in a temporary directory and serves it on a free
// port of 127.0.0.1, without a password and without care for power failures; what
// was committed outlives a Stop.
func run(t testing.TB) (running *daemon.Daemon, address string) {
	t.Helper()
	programs := find(t)
	directory, as := ownDirectory(t)

	initdb := exec.Command(filepath.Join(programs, "initdb"),
		"--pgdata", directory, "--username", "postgres", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = directory, as
	if output, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}

	port := daemon.FreePort(t)
	address = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	command := func() *exec.Cmd {
		cmd := exec.Command(filepath.Join(programs, "postgres"), "-D", directory,
			"-c", "listen_addresses=127.0.0.1", "-c", "port="+strconv.Itoa(port),
			"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off")
		cmd.Dir, cmd.SysProcAttr = directory, as
		return cmd
	}
	running = daemon.Start(t, daemon.Program{
		Command: command,
		Ready:   func() error { return execute(address, "SELECT 1") },
		Kill:    syscall.SIGQUIT, // SIGKILL would leave its children behind for a while
	})
	return running, address
}

// find returns the directory of initdb and postgres: where the PATH has them, or
// the newest version where Debian keeps them.
func find(t testing.TB) string {
	t.Helper()
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Fatal("this test needs PostgreSQL: install it (apt install postgresql, brew install postgresql), " +
			"or set ROLLCALL_TEST_POSTGRES_URL to a server on which it may create databases")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest)
}

// version returns the major version in a path like /usr/lib/postgresql/15/bin/initdb.
func version(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return n
}
