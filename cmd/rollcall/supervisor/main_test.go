package supervisor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childVariable makes the test binary behave as a node. Its value is the address
// that the node connects to while it lives: the connection ends with the
// process, however it ends, which shows its death on every system.
const childVariable = "ROLLCALL_TEST_CHILD_OF"

const patience = 20 * time.Second // bounds whatever a test waits for

func TestMain(m *testing.M) {
	if address := os.Getenv(childVariable); address != "" {
		if err := child(address, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// child is a node of a test. It lives until it is told to stop, or as long as
// the test keeps the connection.
func child(address, behaviour string) error {
	terminated, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if behaviour == "supervise" {
		return Run(terminated, Config{
			Program: os.Args[0],
			Env:     os.Environ(),
			Nodes:   []Node{silentNode("wait"), silentNode("wait")},
			Log:     slog.New(slog.DiscardHandler),
		})
	}
	life, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer life.Close()
	fmt.Println("up")
	if _, err := fmt.Fprintln(life, os.Getpid()); err != nil {
		return err
	}
	dismissed, dismiss := context.WithCancel(context.Background())
	go func() {
		defer dismiss()
		_, _ = io.Copy(io.Discard, life)
	}()
	switch behaviour {
	case "crash":
		return errors.New("a bug")
	case "wait":
		select {
		case <-terminated.Done():
		case <-dismissed.Done():
		}
		fmt.Print("bye") // without the end of the line
	case "stubborn":
		<-dismissed.Done()
	case "watch stdin":
		<-UntilOrphaned(dismissed, os.Stdin).Done()
	default:
		return fmt.Errorf("unknown behaviour %q", behaviour)
	}
	return nil
}

func silentNode(behaviour string) Node {
	return Node{Name: "node", Args: []string{behaviour}, Output: NewMerge(nil).Source("node", -1)}
}

// nursery is where the children of a test connect to.
type nursery struct {
	listener net.Listener
	env      []string
}

func newNursery(t *testing.T) nursery {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return nursery{l, append(os.Environ(), childVariable+"="+l.Addr().String())}
}

// life is one process of a child.
type life struct {
	pid  int
	conn net.Conn
}

// next waits for the next child to begin.
func (n nursery) next(t *testing.T) life {
	t.Helper()
	if err := n.listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	conn, err := n.listener.Accept()
	if err != nil {
		t.Fatalf("no child began: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return life{pid, conn}
}

// awaitEnd waits until the process is gone.
func (l life) awaitEnd(t *testing.T) {
	t.Helper()
	if err := l.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := io.Copy(io.Discard, l.conn); errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("process %d lives on", l.pid)
	}
}
