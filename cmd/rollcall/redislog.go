package main

import (
	"context"
	"fmt"
	"log/slog"
)

// redisLog is where go-redis logs to: it has one logger for the whole process.
// What it says is of interest only when something is looked for, since
// identity.Subscription reports when Redis comes and goes.
type redisLog struct{ log *slog.Logger }

// Printf logs one line of go-redis.
func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, fmt.Sprintf(format, args...), "lib", "go-redis")
}
