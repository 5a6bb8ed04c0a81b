package history

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Row is one line of a report.
type Row struct {
	Fault string
	Verdict
}

// Table writes a report: a line for each fault.
func Table(rows ...Row) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "fault\trolls\texact\tnamed\tno answer\twrong\tlate\tlongest\timpaired\twhole after\tjoins due\ttold\tlate\tslowest\trenames due\ttold\tlate\tslowest\t")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", r.Fault,
			r.Asked, r.Exact, r.Named, r.Sick, len(r.Wrong), r.Late,
			short(r.Longest), short(r.Impaired), short(r.Whole), r.Presence, r.Names)
	}
	_ = w.Flush() // into memory
	return out.String()
}

func (n News) String() string {
	return fmt.Sprintf("%d\t%d\t%d\t%s", n.Due, n.Delivered, n.Late, short(n.Slowest))
}

func short(d time.Duration) string { return d.Round(time.Millisecond).String() }
