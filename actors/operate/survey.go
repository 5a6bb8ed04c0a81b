package operate

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/survey"
	"github.com/rollcall/rollcall/protos"
)

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
func (q *Asker) Survey(ctx context.Context, samplesAfter func(node string) int64) *Survey {
	answers := survey.All[*protos.Report](ctx, q.survey, func(m membership.Member) proto.Message {
		return &protos.AskReport{SamplesAfter: samplesAfter(m.Name)}
	})
	now := time.Now()
	s := &Survey{At: now, Gone: q.survey.View().GoneNow(now)}
	for _, a := range answers {
		s.Nodes = append(s.Nodes, Surveyed{Member: a.Member, Report: a.Answer, Latency: a.Latency})
	}
	return s
}
