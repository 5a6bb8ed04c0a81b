package identity

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/uptrace/bun"

	"github.com/rollcall/rollcall/protos/problem"
)

// Record is one user of an import.
type Record struct {
	Line int // where it was found, from 1
	ID   string
	Name string

	Profile json.RawMessage // nil says nothing of it, null takes it away
}

// Imported says what an import has done.
type Imported struct {
	Added, Renamed, Unchanged int
	Changed                   int    // of those who kept their names
	Last                      Change // of these; zero if there was none
}

// importChunk is how many records are looked at together: it keeps a statement well
// below the limits of both databases, and the memory small.
const importChunk = 500

// Import adds users, all in one transaction, in which others who write wait. Records
// that cannot be taken are left out and told to refuse. A user who has that name and profile
// already is left unchanged; one with another name or profile is refused, or changed if update
// is set. An error of the records ends it, and nothing is imported.
//
// Of its changes the caller publishes the last: whoever hears of that reads those before
// it in the log. Errors: [problem.Unavailable] as of [Store.Update], and that of the records.
func (s *Store) Import(ctx context.Context, records iter.Seq2[Record, error], update bool, refuse func(line int, why error)) (Imported, error) {
	var done Imported
	err := s.writeAtLength(ctx, "import the users", func(ctx context.Context, tx bun.Tx) error {
		i := importing{tx: tx, update: update, refuse: refuse, now: time.Now().UTC(), ids: make(map[string]struct{})}
		for r, err := range records {
			if err == nil {
				err = i.take(ctx, r)
			}
			if err != nil {
				return err
			}
		}
		err := i.flush(ctx)
		done = i.done
		return err
	})
	if err != nil {
		return Imported{}, err
	}
	return done, nil
}

// entry is a record that can be taken.
type entry struct {
	line int
	id   string
	edit Edit // of the name at least
}

// importing is an import on its way.
type importing struct {
	tx     bun.Tx
	update bool
	refuse func(line int, why error)
	now    time.Time
	chunk  []entry
	ids    map[string]struct{} // of the chunk
	done   Imported
}

func (i *importing) take(ctx context.Context, r Record) error {
	edit := Edit{Name: &r.Name}
	if len(r.Profile) > 0 {
		edit.Profile = &r.Profile
	}
	var err error
	if r.ID, err = ParseID(r.ID); err == nil {
		edit, err = edit.parsed()
	}
	if err != nil {
		i.refuse(r.Line, err)
		return nil
	}
	_, again := i.ids[r.ID]
	if again || len(i.chunk) == importChunk {
		if err := i.flush(ctx); err != nil {
			return err
		}
	}
	i.chunk = append(i.chunk, entry{r.Line, r.ID, edit})
	i.ids[r.ID] = struct{}{}
	return nil
}

// flush writes the chunk, in which no id comes twice.
func (i *importing) flush(ctx context.Context) error {
	if len(i.chunk) == 0 {
		return nil
	}
	there, last, err := i.look(ctx)
	if err != nil {
		return err
	}
	var rows []userRow
	var changes []changeRow
	for _, e := range i.chunk {
		before, exists := there[e.id]
		row := before
		if !exists {
			row = userRow{ID: e.id, Version: last[e.id]}
		}
		e.edit.apply(&row)
		row.Version, row.UpdatedAt = row.Version+1, i.now
		switch {
		case !exists:
			i.done.Added++
		case !e.edit.changes(before):
			i.done.Unchanged++
			continue
		case !i.update:
			i.refuse(e.line, isThere(before, row))
			continue
		default:
			if row.Name != before.Name {
				i.done.Renamed++
			} else {
				i.done.Changed++
			}
			changes = append(changes, changeRow{User: e.id, Version: row.Version, ChangedAt: i.now})
		}
		rows = append(rows, row)
	}
	i.chunk = i.chunk[:0]
	clear(i.ids)
	return i.write(ctx, rows, changes)
}

// isThere says that somebody is there who would have to be changed.
func isThere(before, after userRow) error {
	if before.Name == after.Name {
		return problem.New(problem.Exists, "there is a user %.60q already, who has another profile: --update would change it", before.ID).Named(problem.UserExists)
	}
	return problem.New(problem.Exists, "there is a user %.60q already, whose name is %.60q: --update would rename it", before.ID, before.Name).Named(problem.UserExists)
}

// look returns which users of the chunk are there, and the last versions of those who were.
func (i *importing) look(ctx context.Context) (there map[string]userRow, last map[string]int64, err error) {
	ids := make([]string, len(i.chunk))
	for n, e := range i.chunk {
		ids[n] = e.id
	}
	var found []userRow
	if err := i.tx.NewSelect().Model(&found).Where("id_user IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, nil, err
	}
	there = make(map[string]userRow, len(found))
	for _, row := range found {
		there[row.ID] = row
	}
	last, err = lastVersions(ctx, i.tx, ids)
	return there, last, err
}

func (i *importing) write(ctx context.Context, rows []userRow, changes []changeRow) error {
	if len(rows) > 0 {
		_, err := i.tx.NewInsert().Model(&rows).On("CONFLICT (id_user) DO UPDATE").
			Set("name = EXCLUDED.name").Set("profile = EXCLUDED.profile").Set("version = EXCLUDED.version").Set("updated_at = EXCLUDED.updated_at").Exec(ctx)
		if err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		return nil
	}
	if _, err := i.tx.NewInsert().Model(&changes).Returning("*").Exec(ctx); err != nil {
		return err
	}
	for _, row := range changes { // the database may return them in any order
		if row.Seq > i.done.Last.Seq {
			i.done.Last = row.change()
		}
	}
	return nil
}
