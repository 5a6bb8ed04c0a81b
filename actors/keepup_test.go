package actors

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
)

// A node that was cut off for so long that the log has lost what it missed looks at the
// users that are here: who was renamed is announced, and who was removed leaves.
func TestWhatTheLogHasLostIsFoundInTheStore(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	renamed, removed, same := n.connects("Maths", "2"), n.connects("Maths", "3"), n.connects("Maths", "4")
	since := time.Now()
	db, err := sql.Open(sqliteshim.ShimName, "file:"+f.path)
	actorstest.Must(t, err)
	defer db.Close()
	// Changes of which the log says nothing any more.
	for _, statement := range []string{
		"UPDATE users SET name = 'Maria', version = 7, updated_at = CURRENT_TIMESTAMP WHERE id_user = '2'",
		"UPDATE users SET updated_at = '2020-01-01 00:00:00' WHERE id_user = '4'",
		"DELETE FROM users WHERE id_user = '3'",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		actorstest.Must(t, err)
	}
	e := identityEvents{n.Node}
	e.Missed(since.Add(time.Hour)) // of two at a time the earlier counts
	e.Missed(since)
	if reason := removed.ends(); reason != session.UserRemoved {
		t.Errorf("who was removed is closed for %q", reason)
	}
	for _, c := range []*client{renamed, same} {
		c.hears(`42["identity-change",{"id_user":"2","version":7}]`)
		if got := c.got(`42["identity-change",{"id_user":"4"`); len(got) != 0 {
			t.Errorf("told %q", got)
		}
	}
	if version, err := n.config.Users.Exists(context.Background(), "3"); version != 0 || err != nil {
		t.Errorf("who was removed is known at %d, %v", version, err)
	}
}
