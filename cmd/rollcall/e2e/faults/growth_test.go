//go:build unix

package faults

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
)

const (
	// fewest is how many levels say something about growth: each third has four.
	fewest = 12

	// growthLimit is by how much the last third of a soak may be above the middle
	// one, as a part. The first third is warming up.
	growthLimit = 0.10
)

// grows returns what keeps growing over a soak, in words.
func grows(levels []crowd.Gauge) (found []string) {
	if len(levels) < fewest {
		return nil
	}
	third := len(levels) / 3
	middle, last := levels[third:2*third], levels[2*third:]
	for _, what := range []struct {
		name string
		of   func(crowd.Gauge) float64
	}{
		{"memory, in bytes,", func(g crowd.Gauge) float64 { return g.Bytes }},
		{"the number of goroutines", func(g crowd.Gauge) float64 { return g.Goroutines }},
	} {
		before, after := median(middle, what.of), median(last, what.of)
		if after > before*(1+growthLimit) {
			found = append(found, fmt.Sprintf("%s grew from %.0f to %.0f", what.name, before, after))
		}
	}
	return found
}

func median(levels []crowd.Gauge, of func(crowd.Gauge) float64) float64 {
	values := make([]float64, len(levels))
	for i, l := range levels {
		values[i] = of(l)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func TestGrowthIsFound(t *testing.T) {
	level := func(n int, of func(i int) float64) (levels []crowd.Gauge) {
		for i := range n {
			levels = append(levels, crowd.Gauge{Bytes: of(i), Goroutines: 100})
		}
		return levels
	}
	tests := []struct {
		name string
		of   []crowd.Gauge
		want int
	}{
		{"flat", level(30, func(int) float64 { return 100 }), 0},
		{"up and down", level(30, func(i int) float64 { return 100 + float64(20*(i%2)) }), 0},
		{"warming up", level(30, func(i int) float64 { return float64(min(100, 40+10*i)) }), 0},
		{"growing", level(30, func(i int) float64 { return 100 + 3*float64(i) }), 1},
		{"too short to say", level(11, func(i int) float64 { return 100 * float64(i) }), 0},
	}
	for _, test := range tests {
		if got := grows(test.of); len(got) != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
