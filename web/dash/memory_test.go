package dash

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

func TestTheStatusOfANodeAndSinceWhen(t *testing.T) {
	start := time.UnixMilli(1_000_000)
	at := func(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }
	report := func(change ...func(*protos.Report)) *protos.Report {
		r := &protos.Report{Node: "a", Incarnation: "1", Sockets: 5, Version: "v1"}
		for _, with := range change {
			with(r)
		}
		return r
	}
	m := newMemory()
	for _, step := range []struct {
		name    string
		second  int
		system  string
		since   int // a member since
		report  *protos.Report
		want    nodeStatus
		changed int // second since which it has that status
		sockets int64
	}{
		{"seen for the first time", 10, "1", 3, report(), up, 3, 5},
		{"still there", 11, "1", 3, report(), up, 3, 5},
		{"silent", 12, "1", 3, nil, suspect, 12, 5},
		{"still silent", 13, "1", 3, nil, suspect, 12, 5},
		{"back", 14, "1", 3, report(func(r *protos.Report) { r.Sockets = 6 }), up, 14, 6},
		{"sends its clients away", 15, "1", 3, report(func(r *protos.Report) { r.Draining = true }), draining, 15, 5},
		{"was evicted and is back", 20, "1", 18, report(), up, 20, 5},
		{"was evicted and is back, unseen", 25, "1", 23, report(), up, 23, 5},
		{"another life", 30, "2", 29, nil, suspect, 30, 0},
	} {
		tiles, _ := m.take(&operate.Survey{At: at(step.second), Nodes: []operate.Surveyed{{
			Member: membership.Member{Name: "a", System: step.system, Since: at(step.since)}, Report: step.report,
		}}})
		if got := tiles[0]; len(tiles) != 1 || got.Status != step.want || got.Since != room.TimestampOf(at(step.changed)) || got.Sockets != step.sockets {
			t.Errorf("%s: %s since %v, %d sockets", step.name, got.Status, got.Since, got.Sockets)
		}
	}
	tiles, _ := m.take(&operate.Survey{At: at(40), Gone: []membership.Gone{{Member: membership.Member{Name: "a", HTTP: "h:1"}, Since: at(39)}}})
	if got := tiles[0]; len(tiles) != 1 || got.Status != gone || got.Since != room.TimestampOf(at(39)) || got.Sockets != 0 || got.Address != "h:1" || got.Redis.State != "none" {
		t.Errorf("gone: %+v", got)
	}
	if tiles, _ := m.take(&operate.Survey{At: at(900)}); len(tiles) != 0 || len(m.nodes) != 0 {
		t.Errorf("forgotten: %+v", tiles)
	}
}

func TestTrafficIsWhatWasSentBetweenTwoReports(t *testing.T) {
	sent := func(incarnation string, uptime time.Duration, to map[string]uint64) *protos.Report {
		r := &protos.Report{Node: "a", Incarnation: incarnation, UptimeUs: uptime.Microseconds()}
		for name, n := range to {
			r.Sent = append(r.Sent, &protos.Sent{To: name, Messages: n})
		}
		return r
	}
	before := sent("1", 10*time.Second, map[string]uint64{"b": 100, "c": 50, "d": 9})
	for _, test := range []struct {
		name   string
		before *protos.Report
		now    *protos.Report
		want   []traffic
	}{
		{"the first report", nil, before, nil},
		{"some more", before, sent("1", 12*time.Second, map[string]uint64{"b": 110, "c": 50, "e": 8, "d": 3}), []traffic{{"a", "b", 5}, {"a", "e", 4}}},
		{"no time has passed", before, sent("1", 10*time.Second, map[string]uint64{"b": 110}), nil},
		{"another life", before, sent("2", 12*time.Second, map[string]uint64{"b": 110}), nil},
	} {
		if diff := cmp.Diff(test.want, rates(test.before, test.now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestSamplesComeOnceAndAreForgotten(t *testing.T) {
	start := time.UnixMilli(1_000_000_000)
	survey := func(at time.Time, node string, samples ...*protos.Sample) *operate.Survey {
		return &operate.Survey{At: at, Nodes: []operate.Surveyed{{Member: membership.Member{Name: node}, Report: &protos.Report{Samples: samples}}}}
	}
	of := func(at time.Time, p50 float64) *protos.Sample {
		return &protos.Sample{At: at.UnixMilli(), P50Ms: p50, P99Ms: -1, LagMs: -1}
	}
	var s samples
	s.take(survey(start, "a", of(start.Add(-5*time.Second), -1), of(start, 0.5)))
	s.take(survey(start.Add(time.Second), "a", of(start, 0.5)))
	s.take(survey(start.Add(time.Second), "b", of(start.Add(-time.Second), 1)))
	all, cursor := s.since(0)
	if len(all) != 3 || all[1].Node != "b" || all[0].P50 != nil || all[2].P50 == nil || *all[2].P50 != 0.5 || all[2].Lag != nil {
		t.Errorf("%+v", all)
	}
	if s.after("a") != start.UnixMilli() || s.after("c") != 0 {
		t.Errorf("the newest of a is of %d", s.after("a"))
	}
	if news, next := s.since(cursor); len(news) != 0 || next != cursor {
		t.Errorf("%+v", news)
	}
	s.take(survey(start.Add(5*time.Second), "a", of(start.Add(5*time.Second), 2)))
	if news, _ := s.since(cursor); len(news) != 1 || *news[0].P50 != 2 {
		t.Errorf("%+v", news)
	}
	s.take(&operate.Survey{At: start.Add(operate.SamplesFor + 2*time.Second)})
	if all, _ := s.since(0); len(all) != 1 || s.after("b") != 0 || s.after("a") == 0 {
		t.Errorf("after a quarter of an hour: %+v, %v", all, s.newest)
	}
	// A node whose clock is wrong by far sends in vain, but not again and again.
	wrong := start.Add(-time.Hour)
	s.take(survey(start.Add(operate.SamplesFor), "z", of(wrong, 1)))
	if all, _ := s.since(0); len(all) != 1 || s.after("z") != wrong.UnixMilli() {
		t.Errorf("%+v, %v", all, s.newest)
	}
}
