package identity

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rollcall/rollcall/protos/problem"
)

// Result codes of SQLite (https://www.sqlite.org/rescode.html).
const (
	sqliteBusy      = 5
	sqliteLocked    = 6
	sqliteReadOnly  = 8
	sqliteInterrupt = 9
	sqliteIOError   = 10
	sqliteFull      = 13
	sqliteCantOpen  = 14
)

// failure names what was being done when the database returned err, and makes it
// [problem.Unavailable] if the fault is the database's state and not ours.
// An error that already has a code keeps it.
func failure(err error, doing string) error {
	_, known := errors.AsType[*problem.Error](err)
	switch {
	case err == nil || known:
		return err
	case lacksSchema(err):
		return problem.Wrap(err, problem.Unavailable, "could not %s: the user store has no tables yet; run `rollcall db migrate`", doing)
	case lacksColumn(err):
		return problem.Wrap(err, problem.Unavailable, "could not %s: the user store is that of an earlier version; run `rollcall db migrate`", doing)
	case isAway(err):
		return problem.Wrap(err, problem.Unavailable, "could not %s: the user store is not available right now; try again", doing)
	}
	return problem.Wrap(err, problem.Internal, "could not %s", doing)
}

// isAway reports whether err says that the database cannot do its work now:
// unreachable, locked, read-only, full, shutting down or too slow.
func isAway(err error) bool {
	switch sqliteCode(err) {
	case sqliteBusy, sqliteLocked, sqliteReadOnly, sqliteInterrupt, sqliteIOError, sqliteFull, sqliteCantOpen:
		return true
	}
	_, network := errors.AsType[net.Error](err)
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	return network || connect ||
		pgconn.SafeToRetry(err) || // the connection was closed before anything was sent
		errors.Is(err, sql.ErrTxDone) || // rolled back when the time was over
		errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, context.Canceled) ||
		errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) ||
		postgresIsAway(postgresCode(err))
}

// postgresIsAway judges the SQLSTATE of an error
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func postgresIsAway(code string) bool {
	switch code {
	case "25006", // read_only_sql_transaction
		"40001", // serialization_failure
		"40P01", // deadlock_detected
		"55P03": // lock_not_available
		return true
	}
	for _, class := range []string{
		"08", // connection exception
		"53", // insufficient resources: disk full, too many connections
		"57", // operator intervention: shutting down, cancelled
		"58", // system error: I/O
	} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}

func lacksSchema(err error) bool {
	const undefinedTable = "42P01"
	return postgresCode(err) == undefinedTable ||
		sqliteCode(err) != 0 && strings.Contains(err.Error(), "no such table")
}

// lacksColumn reports whether err says that a table has not got a column yet.
func lacksColumn(err error) bool {
	const undefinedColumn = "42703"
	return postgresCode(err) == undefinedColumn ||
		sqliteCode(err) != 0 && (strings.Contains(err.Error(), "no such column") || strings.Contains(err.Error(), "has no column named"))
}

func postgresCode(err error) string {
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		return server.Code
	}
	return ""
}

// sqliteCode returns the primary result code in err, 0 if it is none of SQLite's.
// It asks for the method instead of a driver's type, as sqliteshim chooses the
// driver by platform.
func sqliteCode(err error) int {
	type coded interface {
		error
		Code() int
	}
	if sqlite, ok := errors.AsType[coded](err); ok {
		return sqlite.Code() & 0xff // the bits above say more exactly which
	}
	return 0
}
