//go:build unix

package harness

import (
	"database/sql"
	"strconv"
	"testing"

	"github.com/uptrace/bun/driver/sqliteshim"
)

// AddUsers gives the user store further users, with ids from first on, named as
// names says.
func (c *Cluster) AddUsers(t testing.TB, first int, names ...string) {
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
	for i, name := range names {
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO users (id_user, name) VALUES (?, ?)", strconv.Itoa(first+i), name); err != nil {
			t.Fatalf("add user %d: %v", first+i, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
