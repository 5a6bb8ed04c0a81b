package figures

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Row is one comparison.
type Row struct {
	What      string
	Unit      string
	Ours      []float64 // one for each round
	Yardstick []float64 // the same rounds; empty if there is nothing to compare with
	Target    Target
}

// Target is the ratio to reach; the zero value is none.
type Target struct {
	Ratio  float64
	AtMost bool // the ratio is to stay below, as for memory
}

// met reports whether a ratio is good enough.
func (t Target) met(ratio float64) bool {
	if t.AtMost {
		return ratio <= t.Ratio
	}
	return ratio >= t.Ratio
}

func (t Target) String() string {
	switch {
	case t.Ratio == 0:
		return ""
	case t.AtMost:
		return "≤ " + ratioText(t.Ratio)
	default:
		return "≥ " + ratioText(t.Ratio)
	}
}

// Print writes the rows as one table.
func Print(w io.Writer, rows []Row) error {
	lines := [][]string{{"", "", "Rollcall", "yardstick", "ratio", "(rounds)", "target", ""}}
	for _, row := range rows {
		lines = append(lines, row.cells())
	}
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, line := range lines {
		var text strings.Builder
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if i < 2 || i == len(line)-1 {
				text.WriteString(cell + pad + "  ")
			} else {
				text.WriteString(pad + cell + "  ")
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(text.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

func (r Row) cells() []string {
	ours := number(Median(r.Ours))
	if len(r.Yardstick) == 0 {
		return []string{r.What, r.Unit, ours, "", "", "", "", ""}
	}
	ratios := Ratios(r.Ours, r.Yardstick)
	ratio := Median(ratios)
	verdict := ""
	if r.Target.Ratio != 0 {
		verdict = "missed"
		if r.Target.met(ratio) {
			verdict = "met"
		}
	}
	rounds := fmt.Sprintf("(%s–%s)", ratioText(slices.Min(ratios)), ratioText(slices.Max(ratios)))
	return []string{r.What, r.Unit, ours, number(Median(r.Yardstick)), ratioText(ratio), rounds, r.Target.String(), verdict}
}

// number writes three digits, and all that stand before the point.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "?"
	}
	decimals := 0
	for size := math.Abs(v); size < 100 && decimals < 3; size *= 10 {
		decimals++
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole
}

// ratioText writes a ratio as 0.26×.
func ratioText(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "?"
	}
	return strconv.FormatFloat(v, 'f', 2, 64) + "×"
}
