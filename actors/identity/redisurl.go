package identity

import (
	"fmt"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/rollcall/rollcall/protos/problem"
)

// redisPatience bounds each exchange with Redis: who waits for it is a person
// who renames somebody.
const redisPatience = 500 * time.Millisecond

// redisOptions reads a Redis URL. Its errors and those of the client never
// contain the password: a URL that cannot be read is not repeated.
func redisOptions(redisURL string) (*redis.Options, error) {
	parsed, err := url.Parse(redisURL)
	switch {
	case err != nil:
		return nil, badRedisURL("it is not a well-formed URL; special characters of a password must be percent-encoded")
	case parsed.Scheme != "redis" && parsed.Scheme != "rediss":
		return nil, badRedisURL(fmt.Sprintf("its scheme must be redis or rediss, not %q", parsed.Scheme))
	case parsed.Host == "":
		return nil, badRedisURL("it names no host")
	}
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, badRedisURL("its path must be the number of a database, and its options those of go-redis")
	}
	options.DialTimeout = redisPatience
	options.ReadTimeout = redisPatience
	options.WriteTimeout = redisPatience
	options.PoolTimeout = redisPatience
	options.ContextTimeoutEnabled = true
	options.DialerRetries = 1
	options.MaxRetries = 1 // for a pooled connection that turns out to be dead
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return options, nil
}

func badRedisURL(why string) error {
	return problem.New(problem.Invalid, "the Redis URL is of no use: %s. "+
		"It is redis://host:6379, redis://user:password@host:6379/0 or, with TLS, rediss://…", why)
}
