package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/protos/problem"
)

// Open returns the store at databaseURL: a path, sqlite://…, file:… (SQLite; the
// directory is made if need be) or postgres://… (PostgreSQL). "" means
// [DefaultDatabaseURL]. A PostgreSQL server that cannot be reached is no error
// here, so that a node can start before its database. Close must be called.
//
// The error is [problem.Invalid] for a URL of no use, and [problem.Unavailable]
// for a file that cannot be opened.
func Open(ctx context.Context, databaseURL string, log *slog.Logger) (*Store, error) {
	at, err := parseLocation(databaseURL)
	if err != nil {
		return nil, err
	}
	s := &Store{known: newKnown(mostKnown), log: log}
	if at.postgres != "" {
		s.idle = 4
		s.db, err = openPostgres(at.postgres)
	} else {
		s.idle = 8
		s.db, err = openSQLite(ctx, at)
	}
	if err != nil {
		return nil, err
	}
	s.db.SetMaxIdleConns(s.idle)
	return s, nil
}

// OpenExisting is Open, but makes no SQLite file where there is none: for whoever looks
// for users and would take an empty store for theirs. The error is then
// [problem.NotFound].
func OpenExisting(ctx context.Context, databaseURL string, log *slog.Logger) (*Store, error) {
	at, err := parseLocation(databaseURL)
	if err != nil {
		return nil, err
	}
	if at.postgres == "" {
		if _, err := os.Stat(at.file); errors.Is(err, fs.ErrNotExist) {
			return nil, problem.New(problem.NotFound,
				"there is no user store at %s: name it by --data or --database-url, or make one with `rollcall db migrate`", at.file)
		}
	}
	return Open(ctx, databaseURL, log)
}

// openPostgres uses the simple protocol: bun puts the arguments into the text of
// its queries, so prepared statements would only fill caches, and poolers such
// as PgBouncer do without them.
func openPostgres(databaseURL string) (*bun.DB, error) {
	config, err := postgresConfig(databaseURL)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["client_encoding"] = "UTF8" // whatever the database or the role has: the simple protocol needs it
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 3 * time.Second
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(10)
	pool.SetConnMaxLifetime(30 * time.Minute)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return bun.NewDB(pool, pgdialect.New()), nil
}

// openSQLite opens a file that several processes share: readers never wait (WAL),
// and a transaction asks for the right to write at its start (immediate), where
// it can wait for it, and not half-way, where it could only fail.
func openSQLite(ctx context.Context, at location) (*bun.DB, error) {
	if info, err := os.Stat(at.file); err == nil && info.IsDir() {
		return nil, problem.New(problem.Invalid, "the database file %s is a directory; name a file in it", at.file)
	}
	if err := os.MkdirAll(filepath.Dir(at.file), 0o700); err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "cannot make the directory of the database file %s", at.file)
	}
	if err := makeFile(at); err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "cannot open the database file %s", at.file)
	}
	pool, err := sql.Open(sqliteshim.ShimName, sqliteDSN(at))
	if err != nil {
		return nil, fmt.Errorf("open the SQLite driver: %w", err)
	}
	pool.SetMaxOpenConns(8)
	if err := useWAL(ctx, pool); err != nil {
		return nil, errors.Join(problem.Wrap(err, problem.Unavailable, "cannot open the database file %s", at.file), pool.Close())
	}
	return bun.NewDB(pool, sqlitedialect.New()), nil
}

// makeFile makes the file, for its owner alone, if it is not there and SQLite would make
// it, for everybody to read. What SQLite makes beside it gets the mode that it has.
func makeFile(at location) error {
	if mode := at.options.Get("mode"); mode != "" && mode != "rwc" {
		return nil
	}
	file, err := os.OpenFile(at.file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// sqliteDSN returns the driver's name for the file, with the settings that each
// connection needs unless the URL's own options have them.
func sqliteDSN(at location) string {
	options := url.Values{"_pragma": nil, "_txlock": {"immediate"}}
	for key, values := range at.options {
		options[key] = append(options[key][:0:0], values...)
	}
	for _, pragma := range []string{"busy_timeout(5000)", "foreign_keys(1)"} {
		name, _, _ := strings.Cut(pragma, "(")
		if !strings.Contains(strings.Join(options["_pragma"], " "), name) {
			options.Add("_pragma", pragma)
		}
	}
	path := url.URL{Path: filepath.ToSlash(at.file)}
	return "file:" + path.EscapedPath() + "?" + options.Encode()
}

// useWAL switches the file to its write-ahead log, which it then keeps. SQLite
// does not wait for others (busy_timeout) when it switches, so this tries again.
// A file that may only be read is used as it is.
func useWAL(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		_, err := pool.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		switch code := sqliteCode(err); {
		case err == nil, code == sqliteReadOnly:
			return nil
		case code != sqliteBusy:
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-retry.C:
		}
	}
}
