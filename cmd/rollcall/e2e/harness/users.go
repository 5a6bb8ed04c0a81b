//go:build unix

package harness

import (
	"database/sql"
	"testing"

	"github.com/uptrace/bun/driver/sqliteshim"
)

// AddUsers gives the user store further users: names by id.
func (c *Cluster) AddUsers(t testing.TB, names map[string]string) {
	t.Helper()
	db, err := sql.Open(sqliteshim.ShimName, "file:"+c.Database()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing once it is committed
	for id, name := range names {
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO users (id_user, name) VALUES (?, ?)", id, name); err != nil {
			t.Fatalf("add user %s: %v", id, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
