package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// lock lets one process at a time change the schema. It is bun's own lock, a
// row in a table, which stays behind when its holder is killed. So that it does
// not block for ever:
//
//   - a holder gives up its work after holdLimit;
//   - each holder's row has an id that is never used again, so whoever has seen
//     one and the same id for staleAfter, which is longer, knows that its holder
//     is dead, and removes that row and no other.
type lock struct {
	bun *migrate.Migrator
	db  *bun.DB
	log *slog.Logger

	holdLimit  time.Duration // a holder's work is cancelled then
	staleAfter time.Duration // longer than holdLimit by more than a cancelled statement takes to end
	askEvery   time.Duration // how often a waiting process tries
}

func newLock(m *migrate.Migrator, log *slog.Logger) lock {
	return lock{
		bun: m, db: m.DB(), log: log,
		holdLimit:  30 * time.Second,
		staleAfter: 45 * time.Second,
		askEvery:   100 * time.Millisecond,
	}
}

// hold runs work while this process, and no other, has the lock.
func (l lock) hold(ctx context.Context, work func(context.Context) error) error {
	id, err := l.take(ctx)
	if err != nil {
		return err
	}
	working, cancel := context.WithTimeout(ctx, l.holdLimit)
	defer cancel()
	return errors.Join(work(working), l.release(ctx, id))
}

// take waits for the lock and returns the id of its row.
func (l lock) take(ctx context.Context) (int64, error) {
	if err := l.createTables(ctx); err != nil {
		return 0, err
	}
	var (
		seen    int64     // the holder we wait for
		since   time.Time // when we saw it first
		refused int       // attempts that failed although nobody held the lock
	)
	for {
		failure := l.bun.Lock(ctx)
		id, err := l.holder(ctx)
		switch {
		case failure == nil && err == nil && id == 0:
			return 0, errors.New("the lock of the migrations vanished as it was taken; try again")
		case failure == nil:
			return id, err
		case err != nil:
			return 0, errors.Join(failure, err)
		case id == 0:
			// Released since we tried, or the database refuses for another reason.
			if refused++; refused == 10 {
				return 0, failure
			}
		case id != seen:
			seen, since = id, time.Now()
			l.log.Info("waiting for another process that migrates the user store", "at_most", l.staleAfter)
		case time.Since(since) > l.staleAfter:
			l.log.Warn("a process died while it migrated the user store; taking its lock over")
			if err := l.release(ctx, id); err != nil {
				return 0, err
			}
			continue
		}
		if err := l.pause(ctx); err != nil {
			return 0, errors.Join(errors.New("another process migrates the user store"), err)
		}
	}
}

// createTables makes bun's own tables. On PostgreSQL CREATE TABLE IF NOT EXISTS
// fails for one of two processes that run it at the same moment; the table is
// there when it tries again.
func (l lock) createTables(ctx context.Context) error {
	var err error
	for range 5 {
		if err = l.bun.Init(ctx); err == nil {
			return nil
		}
		if waited := l.pause(ctx); waited != nil {
			break
		}
	}
	return fmt.Errorf("create the tables of the migrations: %w", err)
}

// holder returns the id of the lock's row, 0 if nobody holds it.
func (l lock) holder(ctx context.Context) (int64, error) {
	var id int64
	err := l.db.NewSelect().Table("bun_migration_locks").Column("id").Limit(1).Scan(ctx, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// release removes the row with this id: never the row of a successor, should
// this process have been taken for dead. It also runs when ctx is over.
func (l lock) release(ctx context.Context, id int64) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, err := l.db.NewDelete().Table("bun_migration_locks").Where("id = ?", id).Exec(ctx); err != nil {
		return fmt.Errorf("release the lock of the migrations: %w", err)
	}
	return nil
}

func (l lock) pause(ctx context.Context) error {
	timer := time.NewTimer(l.askEvery)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
