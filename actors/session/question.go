package session

import (
	"cmp"
	"slices"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
)

// Unanswered says why the answer to an event will not come any more. To the rest
// of the program it is a [problem.Error] with the code [problem.Unavailable].
type Unanswered string

const (
	TimedOut Unanswered = "The client did not answer in time"
	Gone     Unanswered = "The client is not in the namespace, or has left it"
)

// Error returns what a person is told.
func (u Unanswered) Error() string { return string(u) }

// As lets [errors.As] see u as a [problem.Error].
func (u Unanswered) As(target any) bool {
	p, ok := target.(**problem.Error)
	if ok {
		*p = problem.New(problem.Unavailable, "%s", string(u))
	}
	return ok
}

// question is an event whose acknowledgement by the client is awaited.
type question struct {
	id        uint64
	namespace string
	deadline  time.Time // zero if there is none
	reply     func(Payload, error)
}

// questions are those of one client that have no answer yet. Whoever takes one
// out calls its reply; so each is answered exactly once.
type questions struct {
	// asked is how many there ever were, and the id of the next. Ids are not used
	// again: an answer that comes too late must not meet a later question.
	asked uint64
	open  []question // by id

	// due is no later than the earliest deadline; zero if there is none. It may be
	// too early, since answers leave it alone: then one Tick comes for nothing.
	due time.Time
}

// ask notes a question and returns its id.
func (q *questions) ask(namespace string, deadline time.Time, reply func(Payload, error)) uint64 {
	id := q.asked
	q.asked++
	q.open = append(q.open, question{id, namespace, deadline, reply})
	q.due = earlier(q.due, deadline)
	return id
}

// answered takes out the question that a client's acknowledgement is for. There
// may be none: it was never asked, has been answered, or is one of another
// namespace.
func (q *questions) answered(namespace string, id uint64) (question, bool) {
	i, found := slices.BinarySearchFunc(q.open, id, func(open question, id uint64) int { return cmp.Compare(open.id, id) })
	if !found || q.open[i].namespace != namespace {
		return question{}, false
	}
	answered := q.open[i]
	q.open = slices.Delete(q.open, i, i+1)
	q.rest()
	return answered, true
}

// late takes out what should have been answered by now.
func (q *questions) late(now time.Time) []question {
	late := q.take(func(open question) bool { return !open.deadline.IsZero() && !now.Before(open.deadline) })
	q.due = time.Time{}
	for _, open := range q.open {
		q.due = earlier(q.due, open.deadline)
	}
	return late
}

// of takes out what was asked in a namespace.
func (q *questions) of(namespace string) []question {
	return q.take(func(open question) bool { return open.namespace == namespace })
}

func (q *questions) take(wanted func(question) bool) []question {
	var taken []question
	q.open = slices.DeleteFunc(q.open, func(open question) bool {
		if wanted(open) {
			taken = append(taken, open)
			return true
		}
		return false
	})
	q.rest()
	return taken
}

// rest lets go of the memory when nothing is open.
func (q *questions) rest() {
	if len(q.open) == 0 {
		q.open, q.due = nil, time.Time{}
	}
}

// earlier returns the earlier of two times, of which zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
