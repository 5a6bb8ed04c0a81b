package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAllIsLookedAtAtTheSameTimeAndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sees := func(after time.Duration) func(context.Context) []Finding {
			return func(ctx context.Context) []Finding {
				timer := time.NewTimer(after)
				defer timer.Stop()
				select {
				case <-timer.C:
					return []Finding{ok("seen"), warning("do", "seen, too").of("part")}
				case <-ctx.Done():
					return []Finding{wrong("wait", "no answer")}
				}
			}
		}
		hung := make(chan struct{})
		defer close(hung)
		began := time.Now()
		got := Examine(t.Context(), []Check{
			{"slow", sees(4 * time.Second)}, {"fast", sees(time.Millisecond)}, {"too slow", sees(time.Hour)},
			{"hung", func(context.Context) []Finding { <-hung; return nil }}, {"nothing", func(context.Context) []Finding { return nil }},
		}, 5*time.Second)
		want := []Finding{
			{"slow", OK, "seen", ""}, {"part", Warning, "seen, too", "do"}, {"fast", OK, "seen", ""}, {"part", Warning, "seen, too", "do"},
			{"too slow", Wrong, "no answer", "wait"}, {"hung", Wrong, "this could not be looked at within 5s", "try again; if it stays so, look at what it needs"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestFindingsArePrinted(t *testing.T) {
	findings := []Finding{{"--listen", OK, "it is free", ""}, {"Redis", Wrong, "it is away", "start it"}, {"key", Warning, `none <&>`, ""}}
	var text, object bytes.Buffer
	if err := Print(&text, findings); err != nil {
		t.Fatal(err)
	}
	if want := "ok       --listen  it is free\nwrong    Redis     it is away: start it\nwarning  key       none <&>\n"; text.String() != want {
		t.Errorf("%s\nwant\n%s", &text, want)
	}
	if err := PrintJSON(&object, findings); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Level    Level
		Findings []Finding
	}
	if err := json.Unmarshal(object.Bytes(), &got); err != nil || got.Level != Wrong || !cmp.Equal(got.Findings, findings) {
		t.Errorf("%v, %s", err, &object)
	}
}

func TestTheWorstCounts(t *testing.T) {
	for want, levels := range map[Level][]Level{OK: {OK, OK}, Warning: {OK, Warning, OK}, Wrong: {Warning, Wrong, OK, Warning}} {
		var findings []Finding
		for _, level := range levels {
			findings = append(findings, Finding{Level: level})
		}
		if got := Worst(findings); got != want {
			t.Errorf("%v: %s", levels, got)
		}
	}
	if Worst(nil) != OK {
		t.Error("nothing is not well")
	}
}

func TestClocksAreJudged(t *testing.T) {
	for _, test := range []struct {
		ahead, exactly time.Duration
		level          Level
		says           string
	}{
		{0, time.Second, OK, "agrees"}, {900 * time.Millisecond, time.Second, OK, "agrees"}, {-900 * time.Millisecond, time.Second, OK, "agrees"},
		{1200 * time.Millisecond, time.Second, Warning, "1.2s ahead of"}, {-time.Hour, time.Second, Warning, "1h0m0s behind"},
		{1900 * time.Millisecond, 2 * time.Second, OK, "agrees"},
	} {
		if got := judgeClock(test.ahead, test.exactly); got.Level != test.level || !strings.Contains(got.Says, test.says) {
			t.Errorf("%v: %+v", test.ahead, got)
		}
	}
}

func TestLimitsOfFilesAreJudged(t *testing.T) {
	for _, test := range []struct {
		limit       uint64
		connections int
		want        Level
	}{
		{1024, 0, Wrong}, {4096, 0, OK}, {1 << 20, 0, OK}, {1024, 900, OK}, {1024, 925, Wrong}, {1 << 63, 1 << 40, OK}, {1100, 1000, OK}, {1099, 1000, Wrong},
		{20_000, 100_000, Warning}, {100_099, 100_000, Warning}, {100_100, 100_000, OK},
	} {
		if got := judgeDescriptors(test.limit, test.connections); got.Level != test.want {
			t.Errorf("%d for %d: %+v", test.limit, test.connections, got)
		}
	}
}
