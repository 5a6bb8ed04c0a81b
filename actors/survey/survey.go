package survey

import (
	"context"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
)

// Asker asks live nodes, by name. It may be used by any goroutine.
type Asker struct {
	system   *actor.ActorSystem
	view     func() *membership.View
	door     func(membership.Member) *actor.PID
	patience time.Duration
}

// New returns one that asks the members of a view, as it is then, at their doors. They may
// take as long as patience to answer.
func New(system *actor.ActorSystem, view func() *membership.View, door func(membership.Member) *actor.PID, patience time.Duration) *Asker {
	return &Asker{system: system, view: view, door: door, patience: patience}
}

// View returns who is live now.
func (q *Asker) View() *membership.View { return q.view() }

// Answer is what one node answered.
type Answer[T proto.Message] struct {
	Member  membership.Member
	Answer  T    // the zero value without one
	OK      bool // false: it did not answer in time
	Latency time.Duration
}

// All asks every live node what question says for it, and waits for all answers, or
// until the patience has passed or ctx is done.
func All[T proto.Message](ctx context.Context, q *Asker, question func(membership.Member) proto.Message) []Answer[T] {
	return Of[T](ctx, q, q.view().Members, question)
}

// Of is All for these members alone.
func Of[T proto.Message](ctx context.Context, q *Asker, members []membership.Member, question func(membership.Member) proto.Message) []Answer[T] {
	answers := make([]Answer[T], len(members))
	var asking sync.WaitGroup
	for i, m := range members {
		asking.Go(func() { answers[i] = one[T](ctx, q, m, question(m)) })
	}
	asking.Wait()
	return answers
}

func one[T proto.Message](ctx context.Context, q *Asker, m membership.Member, question proto.Message) Answer[T] {
	a, asked := Answer[T]{Member: m}, time.Now()
	future := q.system.Root.RequestFuture(q.door(m), question, q.patience)
	result := make(chan any, 1)
	go func() { // ends by the future's own timeout
		answer, _ := future.Result()
		result <- answer
	}()
	select {
	case answer := <-result:
		a.Answer, a.OK = answer.(T)
	case <-ctx.Done():
	}
	a.Latency = time.Since(asked)
	return a
}

// Silent returns the names of those who did not answer; never nil.
func Silent[T proto.Message](answers []Answer[T]) []string {
	names := []string{}
	for _, a := range answers {
		if !a.OK {
			names = append(names, a.Member.Name)
		}
	}
	return names
}
