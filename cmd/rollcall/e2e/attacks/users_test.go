//go:build linux

package attacks

import (
	"database/sql"
	"testing"

	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// populate gives a cluster so many users more.
func populate(t testing.TB, c *harness.Cluster, n int) {
	t.Helper()
	db, err := sql.Open(sqliteshim.ShimName, "file:"+c.Database()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO users (id_user, name)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT 'user-' || i, 'User ' || i FROM n`, n); err != nil {
		t.Fatal(err)
	}
}

func TestAMillionUsersHurtNobody(t *testing.T) {
	of := extentOf(t)
	if !of.everything {
		return
	}
	s := layPrepared(t, of, func(c *harness.Cluster) { populate(t, c, 1_000_000) })
	s.play(t, attack{name: "GET / and GET /users, a million users", does: func(b *band) {
		b.stream(8, func(int, int) []byte { return repeated(get("/")+get("/users"), 5) })
	}})
	s.play(t, attack{name: "GET /users, a million users, answers unread", does: func(b *band) {
		b.together(64, func(int) error {
			conn, err := b.dial()
			if err != nil {
				return err
			}
			defer conn.Close()
			return b.pour(conn, always(repeated(get("/users"), 20)))
		})
	}})
	s.report(t)
}
