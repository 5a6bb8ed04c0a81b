package operate

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos"
)

func TestASampleSaysWhatHappenedInASecond(t *testing.T) {
	var m metrics.Metrics
	start := time.Now()
	m.Joins.Add(100) // before
	m.Latency.Observe(time.Second)
	before := tallyOf(&m, start)
	m.Joins.Add(10)
	m.Queries[metrics.Complete].Add(15)
	m.Queries[metrics.Incomplete].Add(5)
	m.Queries[metrics.NoRoll].Add(1)
	m.DeadLetters.Add(50)
	m.Latency.Observe(3 * time.Millisecond)
	s := tallyOf(&m, start.Add(5*time.Second)).since(before)
	if s.GetAt() != start.Add(5*time.Second).UnixMilli() || s.GetJoins() != 2 || s.GetRolls() != 4 || s.GetIncomplete() != 1 || s.GetDeadLetters() != 10 {
		t.Errorf("%v", s)
	}
	if s.GetP50Ms() < 2 || s.GetP99Ms() > 4 || s.GetLagMs() != -1 {
		t.Errorf("%v", s)
	}
	if quiet := before.since(before); quiet.GetP50Ms() != -1 || quiet.GetRolls() != 0 {
		t.Errorf("of no time at all: %v", quiet)
	}
}

func TestSamplesAreBoundedAndReadFromACursor(t *testing.T) {
	var kept samples
	if got := kept.after(0); len(got) != 0 {
		t.Errorf("%d samples of nothing", len(got))
	}
	for at := range int64(2 * MostSamples) {
		kept.add(&protos.Sample{At: at + 1})
	}
	all := kept.after(0)
	if len(all) != MostSamples || all[0].GetAt() != int64(MostSamples)+1 {
		t.Fatalf("%d samples from %v", len(all), all[0])
	}
	newest := int64(2 * MostSamples)
	if got := kept.after(newest - 1); len(got) != 1 || got[0].GetAt() != newest {
		t.Errorf("behind the last but one: %v", got)
	}
	kept.add(&protos.Sample{At: newest + 1})
	if all[0].GetAt() != int64(MostSamples)+1 {
		t.Error("what was read has changed")
	}
}
