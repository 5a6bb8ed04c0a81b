package supervisor

import (
	"context"
	"io"
	"net"
	"testing"
	"time"
)

// echo is a node that answers a connection's text with its own name before it.
func echo(t *testing.T, name string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				text, _ := io.ReadAll(conn)
				_, _ = io.WriteString(conn, name+string(text))
				_ = conn.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func spread(t *testing.T, addresses ...string) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Spread(ctx, l, addresses, quiet()) }()
	return l.Addr().String(), func() error {
		cancel()
		return <-done
	}
}

func ask(t *testing.T, address, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestConnectionsAreSpreadInTurn(t *testing.T) {
	address, stop := spread(t, echo(t, "a"), echo(t, "b"))
	for _, want := range []string{"a!", "b!", "a!", "b!"} {
		if got := ask(t, address, "!"); got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestDeadNodeIsPassedOver(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	address, stop := spread(t, dead.Addr().String(), echo(t, "b"))
	for range 2 {
		if got := ask(t, address, ""); got != "b" {
			t.Errorf("answer %q", got)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestStopEndsOpenConnections(t *testing.T) {
	address, stop := spread(t, echo(t, "a"))
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := ask(t, address, ""); got != "a" { // so the one before is passed on too
		t.Fatalf("answer %q", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection lives on")
	}
}
