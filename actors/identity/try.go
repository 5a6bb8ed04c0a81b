package identity

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/pubsub"
)

// Try subscribes to the bus, publishes a message that no node heeds, and waits until it
// comes back. It returns the time that Redis has, zero if Redis does not tell. The error
// says which of that failed, with the words of Redis as its cause; it ends with ctx.
func (b *Bus) Try(ctx context.Context) (clock time.Time, err error) {
	if err := b.client.Ping(ctx).Err(); err != nil && refusalIn(err) == nil {
		return clock, problem.Wrap(err, problem.Unavailable, "Redis does not answer (start it, or correct --redis-url)")
	}
	if now, err := b.client.Time(ctx).Result(); err == nil { // which a user need not be allowed
		clock = now
	}
	subscription := b.client.Subscribe(ctx)
	defer subscription.Close()
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })()
	err = subscription.Subscribe(ctx, b.channel)
	if err == nil {
		_, err = subscription.Receive(ctx)
	}
	if err != nil {
		return clock, b.cannot("subscribe to", err)
	}
	mine := pubsub.Visit(strconv.FormatUint(rand.Uint64(), 36))
	if err := b.Publish(ctx, mine); err != nil {
		return clock, b.cannot("publish on", err)
	}
	for {
		received, err := subscription.Receive(ctx)
		if err != nil {
			return clock, problem.Wrap(err, problem.Unavailable, "Redis takes what is published on the channel %s, and does not deliver it", b.channel)
		}
		if m, ok := received.(*redis.Message); ok && strings.Contains(m.Payload, string(mine)) {
			return clock, nil
		}
	}
}

// cannot says what Redis refuses, or why it did not do it.
func (b *Bus) cannot(do string, err error) error {
	if refusal := refusalIn(err); refusal != nil {
		return problem.Wrap(refusal, problem.Unavailable, "Redis does not let this node %s the channel %s%s", do, b.channel, hint(refusal))
	}
	return problem.Wrap(err, problem.Unavailable, "this node could not %s the channel %s of Redis", do, b.channel)
}

// Try looks whether this node may change users, without changing any: whatever it
// changes, it takes back. It returns the time that the database has, zero if that is this
// machine's.
func (s *Store) Try(ctx context.Context) (clock time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	back := errors.New("taken back")
	err = s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		for _, statement := range []string{ // of no row: permission is asked for all the same, and no trigger runs
			"INSERT INTO users SELECT * FROM users WHERE 1 = 0",
			"UPDATE users SET name = name WHERE 1 = 0",
			"DELETE FROM users WHERE 1 = 0",
			"INSERT INTO identity_changes SELECT * FROM identity_changes WHERE 1 = 0",
			"DELETE FROM identity_changes WHERE 1 = 0",
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		if tx.Dialect().Name() != dialect.PG {
			return back
		}
		var may bool
		err := tx.NewRaw("SELECT clock_timestamp(), has_sequence_privilege(pg_get_serial_sequence('identity_changes', 'seq'), 'USAGE')").Scan(ctx, &clock, &may)
		if err == nil && !may {
			err = errors.New("it may not use the sequence of the table identity_changes: GRANT USAGE ON SEQUENCE identity_changes_seq_seq")
		}
		if err != nil {
			return err
		}
		return back
	})
	if errors.Is(err, back) {
		return clock, nil
	}
	if postgresCode(err) == insufficientPrivilege {
		return clock, problem.Wrap(err, problem.Unavailable, "this node's role may not change the tables users and identity_changes")
	}
	return clock, failure(err, "write to the user store")
}

// MissingFile returns the file of a SQLite database that is not there yet, "" if it is, or
// if a URL means no file.
func MissingFile(databaseURL string) string {
	at, err := parseLocation(databaseURL)
	if err != nil || at.postgres != "" {
		return ""
	}
	if _, err := os.Stat(at.file); err == nil {
		return ""
	}
	return at.file
}
