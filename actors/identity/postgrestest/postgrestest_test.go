//go:build unix

package postgrestest

import (
	"context"
	"database/sql"
	"testing"
	"time"
)

func TestDatabasesAreApart(t *testing.T) {
	server := Start(t)
	one, other := server.NewDatabase(t), server.NewDatabase(t)
	for _, database := range []string{one, other} {
		if err := execute(database, "CREATE TABLE mark (id int)"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFrozenServerAnswersNobody(t *testing.T) {
	server := StartOwn(t)
	db, err := sql.Open("pgx", server.NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ask := func(conn *sql.Conn, within time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		return conn.PingContext(ctx)
	}
	const soon, late = 300 * time.Millisecond, 30 * time.Second
	var conns []*sql.Conn // each with a process of its own
	for range 3 {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	server.Freeze(t)
	for _, conn := range conns[1:] {
		if err := ask(conn, soon); err == nil {
			t.Error("a frozen server has answered")
		}
	}
	if err := execute(server.admin.String()+"&connect_timeout=1", "SELECT 1"); err == nil {
		t.Error("a frozen server has let somebody in")
	}
	server.Thaw(t)
	if err := ask(conns[0], late); err != nil {
		t.Errorf("the connection is lost: %v", err)
	}
	if err := execute(server.admin.String(), "SELECT 1"); err != nil {
		t.Errorf("nobody is let in: %v", err)
	}
}
