package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/dialect"

	"github.com/rollcall/rollcall/protos/problem"
)

// Fault is a kind of reason why users cannot be read as this program needs it.
type Fault string

const (
	Away       Fault = "away"       // the database does not answer, or refuses for now
	Unmigrated Fault = "unmigrated" // its schema is older than this program
	Newer      Fault = "newer"      // its schema is newer than this program
	Misencoded Fault = "encoding"   // it cannot hold every name
)

// Unfit is why a database cannot serve this program, in words for an operator.
type Unfit struct {
	Fault   Fault
	problem *problem.Error
}

// Error returns the words, and the cause.
func (u *Unfit) Error() string { return u.problem.Error() }

// Unwrap returns the error that edges know.
func (u *Unfit) Unwrap() error { return u.problem }

// Check looks whether the database can serve this program. The error is an [Unfit].
// It costs three small queries.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	if err := s.CheckEncoding(ctx); err != nil {
		return err
	}
	state, err := s.Migrator().State(ctx)
	switch {
	case postgresCode(err) == insufficientPrivilege:
		// A role that may read users alone cannot know how they came to be.
	case err != nil && !lacksSchema(err):
		return away(err)
	case len(state.Missing) > 0:
		return &Unfit{Unmigrated, problem.New(problem.Unavailable,
			"the user store lacks the migrations %s: run `rollcall db migrate`", strings.Join(state.Missing, ", "))}
	case len(state.Newer) > 0:
		return &Unfit{Newer, problem.New(problem.Unavailable,
			"the user store has migrations that this version of Rollcall does not know (%s): run the version that applied them, or take them back with its `rollcall db rollback`",
			strings.Join(state.Newer, ", "))}
	}
	if err := s.Ping(ctx); err != nil {
		return away(err)
	}
	if _, err := s.ReadID(ctx); err != nil {
		return away(err)
	}
	return nil
}

const insufficientPrivilege = "42501"

// CheckEncoding looks whether the database can hold every name. The error is an
// [Unfit]. SQLite's text always is Unicode; a PostgreSQL database has the encoding
// that it was created with, for ever.
func (s *Store) CheckEncoding(ctx context.Context) error {
	if s.db.Dialect().Name() != dialect.PG {
		return nil
	}
	encoding, err := s.encoding(ctx)
	switch {
	case err != nil:
		return away(err)
	case encoding == "UTF8", encoding == "": // a pooler in between need not say
		return nil
	}
	return &Unfit{Misencoded, problem.New(problem.Invalid,
		"the PostgreSQL database has the encoding %s, which cannot hold every name: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and copy the users into it (pg_dump, psql)", encoding)}
}

// encoding returns what PostgreSQL says of itself whenever somebody connects.
func (s *Store) encoding(ctx context.Context) (encoding string, err error) {
	conn, err := s.db.DB.Conn(ctx)
	if err != nil {
		return "", err
	}
	err = conn.Raw(func(raw any) error {
		encoding = raw.(*stdlib.Conn).Conn().PgConn().ParameterStatus("server_encoding")
		return nil
	})
	return encoding, errors.Join(err, conn.Close())
}

// away keeps the cause for the log: readiness is public, and it may name users and hosts.
func away(err error) error {
	what := "the user store does not answer"
	switch postgresCode(err) {
	case "28P01", "28000": // invalid_password, invalid_authorization_specification
		what = "PostgreSQL refuses this node's user or password"
	case "3D000": // invalid_catalog_name
		what = "PostgreSQL has no database of that name"
	case "42704": // undefined_object
		what = "PostgreSQL does not know an option of the database URL; the log says which"
	}
	return &Unfit{Away, problem.Wrap(err, problem.Unavailable, "%s", what)}
}
