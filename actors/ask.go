package actors

import (
	"context"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
)

// surveyPatience is how long nodes may take to answer what an operator asks.
const surveyPatience = 250 * time.Millisecond

// answered is what one node answered to an operator's question.
type answered[T proto.Message] struct {
	member  membership.Member
	answer  T
	ok      bool // false: it did not answer in time
	latency time.Duration
}

// askAll asks every live node, by name, what question says for it, and waits for
// all answers or until patience has passed or ctx is done.
func askAll[T proto.Message](ctx context.Context, n *Node, question func(membership.Member) proto.Message) []answered[T] {
	members := n.View().Members
	answers := make([]answered[T], len(members))
	var asking sync.WaitGroup
	for i, m := range members {
		asking.Go(func() { answers[i] = askOne[T](ctx, n, m, question(m)) })
	}
	asking.Wait()
	return answers
}

func askOne[T proto.Message](ctx context.Context, n *Node, m membership.Member, question proto.Message) answered[T] {
	a, asked := answered[T]{member: m}, time.Now()
	future := n.system.Root.RequestFuture(frontDoor(m), question, surveyPatience)
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

// silent returns the names of those who did not answer.
func silent[T proto.Message](answers []answered[T]) []string {
	names := []string{}
	for _, a := range answers {
		if !a.ok {
			names = append(names, a.member.Name)
		}
	}
	return names
}
