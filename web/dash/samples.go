package dash

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/protos"
)

// mostSamples bounds those that are kept: so many are of 128 nodes.
const mostSamples = 128 * operate.MostSamples

// sample is how one node did for five seconds.
type sample struct {
	AtMS        int64    `json:"at_ms"`
	Node        string   `json:"node"`
	Sockets     int64    `json:"sockets"`
	Joins       float64  `json:"joins"` // a second, like all that follow but times
	Rolls       float64  `json:"rolls"`
	Incomplete  float64  `json:"incomplete"`
	P50         *float64 `json:"p50_ms"` // null when there was no roll
	P99         *float64 `json:"p99_ms"`
	Lag         *float64 `json:"lag_ms"` // of the slowest identity change; null when there was none
	DeadLetters float64  `json:"dead_letters"`
}

func sampleOf(node string, s *protos.Sample) sample {
	return sample{
		AtMS: s.GetAt(), Node: node, Sockets: s.GetSockets(), Joins: s.GetJoins(), Rolls: s.GetRolls(), Incomplete: s.GetIncomplete(),
		P50: measured(s.GetP50Ms()), P99: measured(s.GetP99Ms()), Lag: measured(s.GetLagMs()), DeadLetters: s.GetDeadLetters(),
	}
}

// measured returns nil for -1, of what there was nothing to measure.
func measured(ms float64) *float64 {
	if ms < 0 {
		return nil
	}
	return &ms
}

// samples are those of all nodes, in the order in which they came in.
type samples struct {
	mu     sync.Mutex
	list   []arrived
	last   uint64           // number of the newest
	newest map[string]int64 // at_ms by node
}

type arrived struct {
	sample
	number uint64
	at     time.Time
}

// take takes in what a survey brought.
func (s *samples) take(survey *operate.Survey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest == nil {
		s.newest = make(map[string]int64)
	}
	for _, n := range survey.Nodes {
		for _, one := range n.Report.GetSamples() {
			if one.GetAt() <= s.newest[n.Member.Name] {
				continue
			}
			s.newest[n.Member.Name] = one.GetAt()
			s.last++
			s.list = append(s.list, arrived{sampleOf(n.Member.Name, one), s.last, survey.At})
		}
	}
	s.prune(survey.At)
	s.forget(survey)
}

// prune forgets what is too old, by the clock of the node that made it or by ours.
func (s *samples) prune(now time.Time) {
	oldest := now.Add(-operate.SamplesFor)
	s.list = slices.DeleteFunc(s.list, func(a arrived) bool {
		return a.at.Before(oldest) || a.AtMS < oldest.UnixMilli()
	})
	if extra := len(s.list) - mostSamples; extra > 0 {
		s.list = slices.Delete(s.list, 0, extra)
	}
}

// forget drops the names of nodes that are gone and left no sample.
func (s *samples) forget(survey *operate.Survey) {
	kept := make(map[string]bool)
	for _, n := range survey.Nodes {
		kept[n.Member.Name] = true
	}
	for _, a := range s.list {
		kept[a.Node] = true
	}
	maps.DeleteFunc(s.newest, func(name string, _ int64) bool { return !kept[name] })
}

// after returns the time of a node's newest sample, in Unix milliseconds.
func (s *samples) after(node string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest[node]
}

// since returns the samples from a cursor on, by time, and the next cursor, which is
// never 0.
func (s *samples) since(cursor uint64) ([]sample, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := []sample{}
	for _, a := range s.list {
		if a.number >= cursor {
			news = append(news, a.sample)
		}
	}
	slices.SortStableFunc(news, func(a, b sample) int { return cmp.Compare(a.AtMS, b.AtMS) })
	return news, s.last + 1
}
