package identity

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/rollcall/rollcall/migrations"
)

// Store is the truth about users, in SQLite or PostgreSQL. Its methods may be
// called at the same time, also by several processes on the same database.
//
// A method takes at most [LongestWait], or less if its ctx says so; only SQLite,
// while it waits for another process that writes, looks at ctx no earlier than
// after its 5 s. The error is
// [problem.Unavailable] when the database is unreachable, locked, read-only,
// full or too slow, with the cause inside.
type Store struct {
	db    *bun.DB
	idle  int // how many connections are kept that nobody uses
	known *known
	id    atomic.Pointer[string] // see ID
	log   *slog.Logger
}

// LongestWait bounds each call of the store: longer than SQLite waits for
// another process that writes (5 s), and than a connect to PostgreSQL takes (3 s).
const LongestWait = 8 * time.Second

// userRow is a user as the table has it.
type userRow struct {
	bun.BaseModel `bun:"table:users"`

	ID        string    `bun:"id_user,pk"`
	Name      string    `bun:"name"`
	Profile   *string   `bun:"profile"` // NULL for none
	Version   int64     `bun:"version"`
	UpdatedAt time.Time `bun:"updated_at"`
}

func (r userRow) user() User {
	user := User{ID: r.ID, Name: r.Name, Version: r.Version}
	if r.Profile != nil {
		user.Profile = json.RawMessage(*r.Profile)
	}
	return user
}

// User returns one user; [problem.NotFound] if there is none with this id.
func (s *Store) User(ctx context.Context, id string) (User, error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	since := s.known.mark()
	row, err := readUser(ctx, s.db, id)
	if err != nil {
		return User{}, failure(err, "read a user")
	}
	s.known.add(since, row.user())
	return row.user(), nil
}

// readUser returns one row; [problem.NotFound] if there is none with this id.
func readUser(ctx context.Context, db bun.IDB, id string) (userRow, error) {
	var row userRow
	err := db.NewSelect().Model(&row).Where("id_user = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return row, noUser(id)
	}
	return row, err
}

// Users returns the users with these ids, sorted by id and each once; an id that
// nobody has is just absent.
func (s *Store) Users(ctx context.Context, ids []string) ([]User, error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	since := s.known.mark()
	rows, err := s.rows(ctx, ids)
	if err != nil {
		return nil, err
	}
	users := make([]User, len(rows))
	for i, row := range rows {
		users[i] = row.user()
	}
	s.known.add(since, users...)
	return users, nil
}

// rows returns the rows of these users, sorted by id and each once.
func (s *Store) rows(ctx context.Context, ids []string) (rows []userRow, err error) {
	err = inChunks(ids, func(some []string) error {
		var found []userRow
		err := s.db.NewSelect().Model(&found).Where("id_user IN (?)", bun.List(some)).Order("id_user").Scan(ctx)
		rows = append(rows, found...)
		return err
	})
	return rows, failure(err, "read the users")
}

// inChunks calls read with some of these ids at a time, sorted and each once, until it fails.
func inChunks(ids []string, read func(some []string) error) error {
	const chunk = 500 // keeps a statement well below the limits of both databases
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	for some := range slices.Chunk(sorted, chunk) {
		if err := read(some); err != nil {
			return err
		}
	}
	return nil
}

// Page returns the users whose ids come after that one, at most limit, sorted by the
// bytes of their ids. "" is before all ids.
func (s *Store) Page(ctx context.Context, after string, limit int) ([]User, error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	var rows []userRow
	err := s.db.NewSelect().Model(&rows).Where("id_user > ?", after).Order("id_user").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, failure(err, "read the users")
	}
	users := make([]User, len(rows))
	for i, row := range rows {
		users[i] = row.user()
	}
	return users, nil
}

// Heard tells the store of a change that another process may have made.
func (s *Store) Heard(c Change) {
	switch {
	case c.Removed:
		s.known.forget(c.User, c.Version)
	case c.Revoked > 0:
		s.known.revoke(c.User, c.Revoked)
	default:
		s.known.raise(c.User, c.Version)
	}
}

// Anew forgets what was seen: the store was emptied, and begins anew.
func (s *Store) Anew() { s.known.clear() }

// Ping reports whether users can be read: the database answers and has its tables.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	_, err := s.db.NewSelect().Model((*userRow)(nil)).Column("id_user").Limit(1).Exec(ctx)
	return failure(err, "reach the user store")
}

// Migrator returns the migrations of this store's database.
func (s *Store) Migrator() *migrations.Migrator {
	return migrations.New(s.db, func(id string) error {
		_, err := ParseID(id)
		return err
	}, s.log)
}

// Close gives the connections back. Calls that are under way fail.
func (s *Store) Close() error { return s.db.Close() }
