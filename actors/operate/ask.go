package operate

import (
	"context"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
)

// Patience is how long nodes may take to answer what an operator asks.
const Patience = 250 * time.Millisecond

// Asker asks all live nodes, by name, what an operator wants to know, and names those
// that have not answered within [Patience], or when the context was done. Its methods may
// be called from any goroutine.
type Asker struct {
	system *actor.ActorSystem
	view   func() *membership.View
	door   func(membership.Member) *actor.PID
}

// NewAsker returns one that asks the members of a view, as it is then, at their doors.
func NewAsker(system *actor.ActorSystem, view func() *membership.View, door func(membership.Member) *actor.PID) *Asker {
	return &Asker{system: system, view: view, door: door}
}

// answered is what one node answered to an operator's question.
type answered[T proto.Message] struct {
	member  membership.Member
	answer  T
	ok      bool // false: it did not answer in time
	latency time.Duration
}

// askAll asks every live node what question says for it, and waits for all answers or
// until the patience has passed or ctx is done.
func askAll[T proto.Message](ctx context.Context, q *Asker, question func(membership.Member) proto.Message) []answered[T] {
	members := q.view().Members
	answers := make([]answered[T], len(members))
	var asking sync.WaitGroup
	for i, m := range members {
		asking.Go(func() { answers[i] = askOne[T](ctx, q, m, question(m)) })
	}
	asking.Wait()
	return answers
}

func askOne[T proto.Message](ctx context.Context, q *Asker, m membership.Member, question proto.Message) answered[T] {
	a, asked := answered[T]{member: m}, time.Now()
	future := q.system.Root.RequestFuture(q.door(m), question, Patience)
	result := make(chan any, 1)
	go func() { // ends by the future's own timeout
		answer, _ := future.Result()
		result <- answer
	}()
	select {
	case answer := <-result:
		a.answer, a.ok = answer.(T)
	case <-ctx.Done():
	}
	a.latency = time.Since(asked)
	return a
}

// silentIn returns the names of those who did not answer.
func silentIn[T proto.Message](answers []answered[T]) []string {
	names := []string{}
	for _, a := range answers {
		if !a.ok {
			names = append(names, a.member.Name)
		}
	}
	return names
}
