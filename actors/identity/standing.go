package identity

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/rollcall/rollcall/protos/problem"
)

// Standing is what must be known of a user to let somebody in by a token.
type Standing struct {
	Version   int64     // at which the user was seen; 0 for one without a row
	NotBefore time.Time // tokens that were issued before are refused, and those that do not say when; the zero time for none
}

// Refuses reports whether a token that was issued then is refused; the zero time is that of
// one that does not say.
func (s Standing) Refuses(issued time.Time) bool { return issued.Before(s.NotBefore) }

// standingOf returns a standing of what the tables have.
func standingOf(version, notBefore int64) Standing {
	standing := Standing{Version: version}
	if notBefore > 0 {
		standing.NotBefore = time.Unix(notBefore, 0)
	}
	return standing
}

// Standing returns how a user stands. Who was seen once with a row is known without the
// database from then on, until this process hears that the user was removed; of a
// revocation it hears likewise. Who has no row is asked for each time, as nobody is told
// when one is added.
//
// While the database is away, who was seen without a row is known by [Store.Remembered].
func (s *Store) Standing(ctx context.Context, id string) (Standing, error) {
	if standing, ok := s.known.standing(id); ok && standing.Version > 0 {
		return standing, nil
	}
	all, err := s.Standings(ctx, []string{id})
	return all[id], err
}

// Remembered returns how a user stood when that was asked last, and what was heard since. It
// reports false if it is not remembered.
func (s *Store) Remembered(id string) (Standing, bool) { return s.known.standing(id) }

// Exists returns a version at which a user was seen to exist, 0 if there is none with
// this id: the standing for who shows no token. It asks for users alone.
func (s *Store) Exists(ctx context.Context, id string) (version int64, err error) {
	if version := s.known.version(id); version > 0 {
		return version, nil
	}
	user, err := s.User(ctx, id)
	if problem.CodeOf(err) == problem.NotFound {
		return 0, nil
	}
	return user.Version, err
}

// Standings returns how each of these users stands, as the database has it.
func (s *Store) Standings(ctx context.Context, ids []string) (map[string]Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	since := s.known.mark()
	notBefore := make(map[string]int64)
	err := inChunks(ids, func(some []string) error {
		var found []revocationRow
		err := s.db.NewSelect().Model(&found).Where("id_user IN (?)", bun.List(some)).Scan(ctx)
		for _, row := range found {
			notBefore[row.User] = row.NotBefore
		}
		return err
	})
	if err != nil {
		return nil, failure(mayNotRevoke(err), "read which tokens are revoked")
	}
	rows, err := s.rows(ctx, ids)
	if err != nil {
		return nil, err
	}
	standings := make(map[string]Standing, len(ids))
	for _, id := range ids {
		standings[id] = standingOf(0, notBefore[id])
	}
	for _, row := range rows {
		standings[row.ID] = standingOf(row.Version, notBefore[row.ID])
	}
	s.known.note(since, standings)
	return standings, nil
}
