package operate

import (
	"context"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/survey"
	"github.com/rollcall/rollcall/protos"
)

// roomKind is the kind of the room grains, as membership knows it.
const roomKind = "Room"

// RoomLook is a room as it is at one moment: what its grain believes beside what
// the rosters are.
type RoomLook struct {
	View    *membership.View      // of the node that looked
	Owner   string                // the node where the grain belongs, in that view
	Grains  []*protos.GrainState  // active ones; one, unless it is moving or the room sleeps
	Rosters []*protos.RosterState // running ones, by node
	Silent  []string              // nodes that did not answer, by name
}

// Grain returns the room's grain, nil if none is active.
func (l *RoomLook) Grain() *protos.GrainState {
	if len(l.Grains) == 0 {
		return nil
	}
	return l.Grains[0]
}

// roster returns the roster of a node, nil if it has none.
func (l *RoomLook) roster(node string) *protos.RosterState {
	for _, r := range l.Rosters {
		if r.GetNode() == node {
			return r
		}
	}
	return nil
}

func (l *RoomLook) isSilent(node string) bool { return slices.Contains(l.Silent, node) }

// GrainError says why the grain cannot be shown, "" if it can, or there is none.
func (l *RoomLook) GrainError() string {
	if l.Grain() == nil && l.isSilent(l.Owner) {
		return l.Owner + ", where the room's grain belongs, did not answer"
	}
	return ""
}

// LookAt asks all live nodes for what they have of a room. Nothing is started by
// that, neither a roster nor the grain: nodes look among what runs.
func (q *Asker) LookAt(ctx context.Context, room string) *RoomLook {
	l := &RoomLook{View: q.survey.View()}
	if owner, ok := l.View.OwnerOf(roomKind, room); ok {
		l.Owner = owner.Name
	}
	var grains []survey.Answer[*protos.GrainState]
	var asking sync.WaitGroup
	asking.Go(func() {
		grains = survey.All[*protos.GrainState](ctx, q.survey, func(membership.Member) proto.Message { return &protos.AskGrain{Room: room} })
	})
	rosters := survey.All[*protos.RosterState](ctx, q.survey, func(membership.Member) proto.Message { return &protos.AskRoster{Room: room} })
	asking.Wait()
	for _, a := range grains {
		if a.OK && a.Answer.GetActive() {
			l.Grains = append(l.Grains, a.Answer)
		}
	}
	for _, a := range rosters {
		if a.OK && a.Answer.GetRunning() {
			l.Rosters = append(l.Rosters, a.Answer)
		}
	}
	l.Silent = append(survey.Silent(grains), survey.Silent(rosters)...)
	slices.SortFunc(l.Silent, strings.Compare)
	l.Silent = slices.Compact(l.Silent)
	return l
}
