//go:build linux

package attacks

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// profile gives a cluster a thousand users with the longest profiles.
func profile(t testing.TB, c *harness.Cluster) {
	t.Helper()
	db, err := sql.Open(sqliteshim.ShimName, "file:"+c.Database()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO users (id_user, name, profile)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
		SELECT 'user-' || i, 'User ' || i, ? FROM n`, `"`+strings.Repeat("x", 4094)+`"`); err != nil {
		t.Fatal(err)
	}
}

// Whoever may read users may read a thousand at once, with all that is said of them, and
// take his time over it.
func TestLongProfilesHurtNobody(t *testing.T) {
	s := layPrepared(t, extentOf(t), func(c *harness.Cluster) { profile(t, c) })
	var ids strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&ids, "user-%d,", i+1)
	}
	s.play(t, attack{name: "GET /users, a thousand profiles of 4 kB, answers unread", short: true, does: func(b *band) {
		b.unread(500, get("/users?cursor=user-"))
	}})
	s.play(t, attack{name: "GET /users of a thousand ids, profiles of 4 kB", does: func(b *band) {
		b.stream(64, func(int, int) []byte { return []byte(get("/users?id_user=" + ids.String())) })
	}})
	s.report(t)
}

// unread asks on n connections, and reads no answer.
func (b *band) unread(n int, question string) {
	for range n {
		conn, err := b.dial()
		if err != nil {
			continue
		}
		if _, err := conn.Write([]byte(question)); err == nil {
			b.count("questions", 1)
		}
	}
}
