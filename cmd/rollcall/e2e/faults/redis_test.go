//go:build unix

package faults

import (
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
)

// trouble is how a stage's Redis breaks, and how that ends.
type trouble func(*stage) (brk, mend func())

func redisKilled(s *stage) (brk, mend func()) { return s.cluster.Redis.Stop, s.cluster.Redis.Start }

func redisFrozen(s *stage) (brk, mend func()) { return s.cluster.Redis.Freeze, s.cluster.Redis.Thaw }

// redisDeaf is a Redis that takes everything and delivers nothing.
func redisDeaf(s *stage) (brk, mend func()) {
	return func() { s.proxy.Deaf.Store(true) }, func() { s.proxy.Deaf.Store(false) }
}

// redisSlow is a Redis that takes so much longer for each answer.
func redisSlow(by time.Duration) trouble {
	return func(s *stage) (brk, mend func()) {
		return func() { s.proxy.Delay.Store(int64(by)) }, func() { s.proxy.Delay.Store(0) }
	}
}

// away has Redis broken for a while.
func away(of trouble) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		brk, mend := of(s)
		broken(func(testing.TB, *stage) { brk() }, func(testing.TB, *stage) { mend() })(t, s)
	}
}

// newsLost has Redis lose a new name of each user, before anybody can doubt it: only
// the log has them.
func newsLost(t testing.TB, s *stage) {
	brk, mend := redisDeaf(s)
	s.crowd.Recorder.Break()
	brk()
	for i := range crowd.Users {
		s.crowd.Renames.Once(t.Context(), s.victim(), strconv.Itoa(1+i))
	}
	mend()
	s.crowd.Recorder.Mend()
}

// redisRefuses takes away, or gives back, what nodes need of Redis: it answers them
// with errors.
func redisRefuses(rule string) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		t.Helper()
		client := redis.NewClient(&redis.Options{Addr: s.cluster.Redis.Addr()})
		defer client.Close()
		if err := client.Do(t.Context(), "ACL", "SETUSER", "default", rule+"publish", rule+"subscribe", rule+"ping").Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRedisFails(t *testing.T) {
	all := everything(t)
	s := setUpLocal(t, crowd.Usual())
	for _, of := range []scene{
		{"Redis killed, restarted", true, away(redisKilled)},
		{"Redis frozen", true, away(redisFrozen)},
		{"Redis slow, 300 ms", true, away(redisSlow(300 * time.Millisecond))},
		{"Redis answers errors", true, broken(redisRefuses("-"), redisRefuses("+"))},
		{"Redis silently deaf", false, away(redisDeaf)},
		{"Redis loses messages", false, newsLost},
	} {
		if all || !of.long {
			s.mustPlayWhole(t, of)
		}
	}
	s.report(t)
}
