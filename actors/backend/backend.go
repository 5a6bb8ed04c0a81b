package backend

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/survey"
)

// Backend asks and orders, on behalf of whoever calls. Its methods may be called from any
// goroutine; each returns by the deadline of its survey.
type Backend struct {
	survey *survey.Asker
	roll   func(ctx context.Context, room string) (*room.Roll, error)
}

// New returns one that asks by this survey, and by roll for the users of a room.
func New(survey *survey.Asker, roll func(ctx context.Context, room string) (*room.Roll, error)) *Backend {
	return &Backend{survey: survey, roll: roll}
}

// Completeness says whether an answer speaks for all live nodes.
type Completeness struct {
	Complete bool
	Missing  []string // live nodes that did not answer, or not with everything; by name, never nil
	Lost     []string // nodes that were evicted as failed and may live elsewhere, with their sockets; by name
}

// completeness is that of answers. A node counts as missing if it did not answer, or if
// lacks says that something is missing in what it said.
func completeness[T proto.Message](q *survey.Asker, answers []survey.Answer[T], lacks func(T) bool) Completeness {
	missing := []string{}
	for _, a := range answers {
		if !a.OK || lacks(a.Answer) {
			missing = append(missing, a.Member.Name)
		}
	}
	return lacking(missing, q.View().LostNow(time.Now()))
}

// lacking is the completeness of what lacks these nodes; missing is not nil.
func lacking(missing []string, lost []membership.Lost) Completeness {
	c := Completeness{Complete: len(missing) == 0, Missing: missing}
	for _, l := range lost {
		c.Lost = append(c.Lost, l.Name)
	}
	return c
}

// nothing is for answers that are whole.
func nothing[T proto.Message](T) bool { return false }
