package identity

import (
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/protos/problem"
)

// refusalIn returns what Redis answered in the place of what it was asked for, as when a
// user of it may not publish; nil if err came about in another way.
func refusalIn(err error) error {
	var words redis.Error
	if errors.As(err, &words) {
		return words
	}
	return nil
}

// Fault returns why what is published is not heard by Redis, nil if it is. The message
// is fit for everybody: the cause, which may name users and hosts, is for operators.
func (s State) Fault() error {
	cause := errors.New(s.LastError)
	switch {
	case s.Up:
		return nil
	case s.LastError == "":
		return problem.New(problem.Unavailable, "Redis has not answered yet")
	case s.Refused:
		return problem.Wrap(cause, problem.Unavailable, "Redis refuses this node: the log and the dashboard have its words. New names are known within a second nevertheless")
	}
	return problem.Wrap(cause, problem.Unavailable, "Redis is away. New names are known within a second nevertheless")
}

// hint says what helps against a refusal, if that is known.
func hint(refusal error) string {
	if strings.Contains(refusal.Error(), "NOPERM") {
		return ": allow its user +publish, +subscribe and +ping, and the channels &rollcall:*"
	}
	return ""
}
