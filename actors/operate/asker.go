package operate

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/survey"
)

// Patience is how long nodes may take to answer what an operator asks.
const Patience = 250 * time.Millisecond

// Asker asks all live nodes, by name, what an operator wants to know, and names those
// that have not answered within [Patience], or when the context was done. Its methods may
// be called from any goroutine.
type Asker struct{ survey *survey.Asker }

// NewAsker returns one that asks the members of a view, as it is then, at their doors.
func NewAsker(system *actor.ActorSystem, view func() *membership.View, door func(membership.Member) *actor.PID) *Asker {
	return &Asker{survey.New(system, view, door, Patience)}
}
