package identity

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/pubsub"
)

// Bus carries the messages of package pubsub over one Redis channel. A message may
// be lost, come twice, or come after one that was sent later.
type Bus struct {
	client  *redis.Client
	channel string
	seal    *clusterkey.Seal       // nil without a shared key
	prober  atomic.Pointer[prober] // of the latest subscription

	published published
}

// NewBus returns the bus on a channel of the Redis server at redisURL: redis://…
// rediss://… or redis-sentinel://…. Redis need not be there yet. Channels know no
// database numbers: clusters that share a server need different ones. Whoever
// believes other certificates than the system says so by trust. The error is
// [problem.Invalid]. Close must be called.
func NewBus(redisURL, channel string, trust ...Trust) (*Bus, error) {
	place, err := parseRedis(redisURL, slices.Concat(trust, []Trust{{}})[0])
	if err != nil {
		return nil, err
	}
	return &Bus{client: place.client(), channel: channel}, nil
}

// Seal has the bus say, by the shared keys, that what it publishes is of this cluster,
// and take nothing else. Without keys it stays as it is: then anybody who reaches Redis
// can publish. It is called before anything else.
func (b *Bus) Seal(keys *clusterkey.Ring) (err error) {
	b.seal, err = keys.Seal("redis " + b.channel)
	return err
}

// Sealed reports whether what comes over the bus is of this cluster for sure. That of a
// nil Bus is not.
func (b *Bus) Sealed() bool { return b != nil && b.seal != nil }

// Publish sends a message to all nodes, this one too. It takes at most half a
// second. The error is [problem.Unavailable] if Redis did not take the message;
// then it may still have been delivered.
func (b *Bus) Publish(ctx context.Context, m pubsub.Message) error {
	text, err := pubsub.Encode(m)
	if err != nil {
		return err
	}
	text = b.wrap(text, time.Now())
	ctx, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	err = b.client.Publish(ctx, b.channel, text).Err()
	if c, ok := m.(pubsub.Change); ok {
		b.published.note(c.Seq, time.Now()) // afterwards: no probe tells of it before it can come
	}
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, "Redis did not take a message for the other nodes")
	}
	return nil
}

// doubtful reports whether what is published now may not be heard soon, or at all. A
// nil Bus, of a node without Redis, always is.
func (b *Bus) doubtful(now time.Time) bool {
	if b == nil {
		return true
	}
	prober := b.prober.Load()
	return prober == nil || prober.doubtful(now)
}

// Latest returns the number of the latest change that was published lately, 0 if there
// is none. A nil Bus has none.
func (b *Bus) Latest() int64 {
	if b == nil {
		return 0
	}
	return b.published.lately(time.Now())
}

// Close ends the bus and what follows it.
func (b *Bus) Close() error { return b.client.Close() }
