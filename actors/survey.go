package actors

import (
	"context"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
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

// Survey is how the nodes of the cluster are, as one node sees them.
type Survey struct {
	At    time.Time
	Nodes []Surveyed        // live members, by name
	Gone  []membership.Gone // who left or was evicted within the last ten minutes, by name
}

// Surveyed is one live member in a survey.
type Surveyed struct {
	Member  membership.Member
	Report  *protos.Report // nil if it did not answer in time
	Latency time.Duration  // until it answered, or was given up
}

// Survey asks all live nodes how they are. Who has not answered within a quarter
// of a second, or when ctx is done, has no report in it. samplesAfter says which
// samples of a node are wanted: those after so many Unix milliseconds.
func (n *Node) Survey(ctx context.Context, samplesAfter func(node string) int64) *Survey {
	answers := askAll[*protos.Report](ctx, n, func(m membership.Member) proto.Message {
		return &protos.AskReport{SamplesAfter: samplesAfter(m.Name)}
	})
	now := time.Now()
	s := &Survey{At: now, Gone: n.View().GoneNow(now)}
	for _, a := range answers {
		s.Nodes = append(s.Nodes, Surveyed{Member: a.member, Report: a.answer, Latency: a.latency})
	}
	return s
}
