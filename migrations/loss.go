package migrations

import (
	"context"

	"github.com/rollcall/rollcall/protos/problem"
)

// Loss is what those methods take away that take something away.
type Loss struct {
	Users    int      // in the store
	Changes  int      // that are recorded
	LastDone []string // the group of migrations that Down takes back, the newest first
}

// Loss returns what there is to lose. It changes nothing. The error is [problem.Invalid]
// if the database is not one that this program may take something away from.
func (m *Migrator) Loss(ctx context.Context) (loss Loss, err error) {
	for _, check := range []func(context.Context) error{m.Recognise, m.notNewer} {
		if err := check(ctx); err != nil {
			return loss, unavailable(err, "look at")
		}
	}
	for table, count := range map[string]*int{"users": &loss.Users, "identity_changes": &loss.Changes} {
		there, err := hasColumn(ctx, m.db, table, "id_user")
		if err == nil && there {
			err = m.db.NewRaw("SELECT COUNT(*) FROM "+table).Scan(ctx, count)
		}
		if err != nil {
			return loss, unavailable(err, "look at")
		}
	}
	applied, err := m.applied(ctx)
	if err != nil || len(applied) == 0 {
		return loss, unavailable(err, "look at")
	}
	status, err := m.bun.MigrationsWithStatus(ctx)
	if err == nil {
		loss.LastDone = reversed(status.LastGroup())
	}
	return loss, unavailable(err, "look at")
}

// unavailable makes an error of the database one that says what was to be done.
func unavailable(err error, what string) error {
	if err == nil || problem.CodeOf(err) != problem.Internal {
		return err
	}
	return problem.Wrap(err, problem.Unavailable, "could not %s the user store", what)
}
