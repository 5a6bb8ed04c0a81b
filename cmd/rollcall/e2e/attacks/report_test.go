//go:build linux

package attacks

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
)

// row is what came of one attack.
type row struct {
	attack        string
	done          string // by the attackers
	took          time.Duration
	before, after figures
	peak, kept    int64
	back          time.Duration // until the memory was
	verdict       history.Verdict
	renames       crowd.Tally
	wrong         []string // about renames
}

// answers counts the answers of all nodes, and those that took too long, by their own clocks.
func (r row) answers() crowd.Answers { return r.after.answers.Since(r.before.answers) }

// elsewhere returns the part of the machine that others had meanwhile.
func (r row) elsewhere() float64 {
	return float64(r.after.elsewhere-r.before.elsewhere) / float64(r.took) / float64(runtime.NumCPU())
}

// count counts how often a rule was broken.
func (r row) count(rule history.Rule) (n int) {
	for _, w := range r.verdict.Wrong {
		if w.Rule == rule {
			n++
		}
	}
	return n
}

// violations are all but the rolls that were not answered, which are judged with what is
// late.
func (r row) violations() (found []string) {
	for _, w := range r.verdict.Wrong {
		if w.Rule != history.Unanswered {
			found = append(found, w.String())
		}
	}
	return found
}

// table shows rows in Markdown.
func table(rows ...row) string {
	var out strings.Builder
	fmt.Fprintln(&out, "| attack | what the attackers did | processor: attacked, others | memory: before, most, after | rolls: exact, named, wrong | late by the nodes' clocks (by the crowd's, longest) | an actor was held for | messages confirmed | others closed |")
	fmt.Fprintln(&out, "|---|---|---|---|---|---|---|---|---|")
	for _, r := range rows {
		v := r.verdict
		fmt.Fprintf(&out, "| %s | %s | %s, %s | %s, %s, %s %s | %d, %d, %d | %d (%d, %v) | %s | %d of %d | %d |\n",
			r.attack, r.done,
			part(r.after.victim-r.before.victim, r.took), part((r.after.others-r.before.others)/(nodes-1), r.took),
			megabytes(r.before.memory), megabytes(r.peak), megabytes(r.kept), after(r.back),
			v.Exact, v.Named, len(v.Wrong), r.answers().Late, v.Late, v.Longest.Round(time.Millisecond),
			held(r.after.held.Longest(r.before.held)), v.Said.Confirmed, v.Said.Sent, r.count(history.Dropped))
	}
	return out.String()
}

// part says how much of one processor something took.
func part(used, of time.Duration) string {
	return fmt.Sprintf("%.0f %%", 100*used.Seconds()/of.Seconds())
}

// held says for how long an actor was kept by one message, as far as a bound says it.
func held(bound float64) string {
	switch {
	case bound == 0:
		return ""
	case math.IsInf(bound, 1):
		return "more than a second"
	default:
		return fmt.Sprintf("%g ms at most", 1000*bound)
	}
}

func after(back time.Duration) string {
	if back < time.Second {
		return "at once"
	}
	return "after " + back.Round(time.Second).String()
}

// report prints what was played.
func (s *siege) report(t testing.TB) {
	t.Helper()
	t.Log("the report:\n" + table(s.rows...))
}
