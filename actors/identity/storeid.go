package identity

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// ID returns the id of the store, as it was read last: nodes that have different ones
// know different users. It is another one after the store was reset. "" if it was not
// read yet, or cannot be: of a store that is not migrated yet, or by a role that may
// read users alone.
func (s *Store) ID() string {
	if id := s.id.Load(); id != nil {
		return *id
	}
	return ""
}

// ReadID reads the id of the store, "" if it cannot be had.
func (s *Store) ReadID(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	id, err := readID(ctx, s.db)
	if err != nil {
		return "", failure(err, "read the id of the user store")
	}
	s.id.Store(&id)
	return id, nil
}

func readID(ctx context.Context, db bun.IDB) (id string, err error) {
	err = db.NewSelect().TableExpr("user_store").Column("id").Limit(1).Scan(ctx, &id)
	if errors.Is(err, sql.ErrNoRows) || lacksSchema(err) || postgresCode(err) == insufficientPrivilege {
		return "", nil
	}
	return id, err
}
