package operate

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/survey"
	"github.com/rollcall/rollcall/protos"
)

// Actors asks all live nodes for their actors. silent are those who did not answer.
func (q *Asker) Actors(ctx context.Context, ask *protos.AskActors) (nodes []*protos.Actors, silent []string) {
	answers := survey.All[*protos.Actors](ctx, q.survey, func(membership.Member) proto.Message { return ask })
	for _, a := range answers {
		if a.OK {
			nodes = append(nodes, a.Answer)
		}
	}
	return nodes, survey.Silent(answers)
}

// Actors lists the actors of this node.
func (r *Respondent) Actors(ask *protos.AskActors) *protos.Actors {
	answer := &protos.Actors{Node: r.node.Membership.View().Self.Name}
	failed := r.node.Metrics.Failures.ByKind()
	waiting := make(map[directory.Kind][]int)
	var found []*protos.ActorState
	see := func(kind directory.Kind, name string, mailbox int, started int64) {
		waiting[kind] = append(waiting[kind], mailbox)
		if !fits(ask, kind, name) {
			return
		}
		found = append(found, &protos.ActorState{Kind: string(kind), Name: name, Mailbox: int64(mailbox), Started: started})
	}
	for _, a := range r.node.Directory.All() {
		see(a.Kind, a.Name, a.Waiting(), a.Started.UnixMilli())
	}
	r.node.Sockets.Each(func(id string, waiting int, started int64) {
		see(directory.SocketKind, id, waiting, started)
	})
	for _, s := range found {
		failure := r.node.Metrics.Failures.Of(directory.Kind(s.GetKind()), s.GetName())
		if s.Restarts, s.LastError = failure.Count, failure.Last; failure.Count > 0 {
			s.LastErrorAt = failure.At.UnixMilli()
		}
	}
	answer.Total = int64(len(found))
	slices.SortFunc(found, ActorOrder(ask.GetSort()))
	answer.Actors = found[:min(len(found), max(0, int(ask.GetLimit())))]
	for _, kind := range directory.Kinds() {
		answer.Kinds = append(answer.Kinds, &protos.ActorKind{
			Kind: string(kind), Count: int64(len(waiting[kind])),
			MailboxP99: int64(directory.P99(waiting[kind])), Restarts: failed[kind],
		})
	}
	return answer
}

func fits(ask *protos.AskActors, kind directory.Kind, name string) bool {
	return (ask.GetKind() == "" || ask.GetKind() == string(kind)) &&
		(ask.GetSearch() == "" || strings.Contains(strings.ToLower(name), strings.ToLower(ask.GetSearch())))
}

// ActorOrder returns the order of that name: kind, identity, mailbox, started,
// restarts or last_error_at, with "-" before it for the opposite. What is equal
// in it is in the order of names, so that nothing jumps about.
func ActorOrder(name string) func(a, b *protos.ActorState) int {
	field, descending := strings.CutPrefix(name, "-")
	by := orders()[field]
	return func(a, b *protos.ActorState) int {
		order := 0
		if by != nil {
			order = by(a, b)
		}
		if descending {
			order = -order
		}
		return cmp.Or(order, strings.Compare(a.GetName(), b.GetName()), strings.Compare(a.GetKind(), b.GetKind()))
	}
}

// IsActorOrder reports whether there is an order of that name.
func IsActorOrder(name string) bool {
	return orders()[strings.TrimPrefix(name, "-")] != nil
}

func orders() map[string]func(a, b *protos.ActorState) int {
	return map[string]func(a, b *protos.ActorState) int{
		"kind":          func(a, b *protos.ActorState) int { return strings.Compare(a.GetKind(), b.GetKind()) },
		"identity":      func(a, b *protos.ActorState) int { return strings.Compare(a.GetName(), b.GetName()) },
		"mailbox":       func(a, b *protos.ActorState) int { return cmp.Compare(a.GetMailbox(), b.GetMailbox()) },
		"started":       func(a, b *protos.ActorState) int { return cmp.Compare(a.GetStarted(), b.GetStarted()) },
		"restarts":      func(a, b *protos.ActorState) int { return cmp.Compare(a.GetRestarts(), b.GetRestarts()) },
		"last_error_at": func(a, b *protos.ActorState) int { return cmp.Compare(a.GetLastErrorAt(), b.GetLastErrorAt()) },
	}
}
