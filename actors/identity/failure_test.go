package identity

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rollcall/rollcall/protos/problem"
)

// sqliteError is as the driver returns it.
type sqliteError int

func (e sqliteError) Code() int     { return int(e) }
func (e sqliteError) Error() string { return fmt.Sprintf("SQLite says %d", int(e)) }

// unsent is as pgx returns what did not reach the server.
type unsent struct{}

func (unsent) SafeToRetry() bool { return true }
func (unsent) Error() string     { return "conn closed" }

// What the database's state is to blame for may work later; the rest is our mistake.
func TestFailureSaysWhoIsToBlame(t *testing.T) {
	postgres := func(code string) error { return &pgconn.PgError{Code: code} }
	tests := []struct {
		name string
		err  error
		want problem.Code
	}{
		{"SQLite busy", sqliteError(5), problem.Unavailable},
		{"SQLite busy, with a snapshot", sqliteError(5 | 2<<8), problem.Unavailable},
		{"SQLite read-only", sqliteError(8), problem.Unavailable},
		{"SQLite read-only, and without shared memory", sqliteError(8 | 5<<8), problem.Unavailable},
		{"SQLite cannot write", sqliteError(10 | 3<<8), problem.Unavailable},
		{"SQLite has no room for shared memory", sqliteError(10 | 19<<8), problem.Unavailable},
		{"SQLite full", sqliteError(13), problem.Unavailable},
		{"SQLite cannot open", sqliteError(14), problem.Unavailable},
		{"SQLite constraint", sqliteError(19), problem.Internal},
		{"PostgreSQL read-only", postgres("25006"), problem.Unavailable},
		{"PostgreSQL full", postgres("53100"), problem.Unavailable},
		{"PostgreSQL shuts down", postgres("57P01"), problem.Unavailable},
		{"PostgreSQL constraint", postgres("23505"), problem.Internal},
		{"PostgreSQL syntax", postgres("42601"), problem.Internal},
		{"connection closed before", unsent{}, problem.Unavailable},
		{"connection closed meanwhile", io.ErrUnexpectedEOF, problem.Unavailable},
		{"connection of no use", driver.ErrBadConn, problem.Unavailable},
		{"network", &net.OpError{Op: "dial", Err: errors.New("refused")}, problem.Unavailable},
		{"too slow", context.DeadlineExceeded, problem.Unavailable},
		{"too slow, noticed late", sql.ErrTxDone, problem.Unavailable},
		{"anything else", errors.New("a mistake"), problem.Internal},
		{"ours", problem.New(problem.Conflict, "another version"), problem.Conflict},
	}
	for _, test := range tests {
		if got := problem.CodeOf(failure(fmt.Errorf("rename: %w", test.err), "rename the user")); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if err := failure(nil, "rename the user"); err != nil {
		t.Errorf("no error becomes one: %v", err)
	}
}
