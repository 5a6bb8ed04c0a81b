// Package figures turns measurements into a table that can be believed: medians
// of several rounds, each round's ratio taken by itself, and their spread.
package figures

import (
	"math"
	"slices"
)

// Median returns the middle of the values, NaN if there are none. Of an even
// number it is the mean of the two in the middle.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// Quantile returns the smallest of the sorted values that at least the part q of
// them, 0 to 1, does not exceed; the zero value if there are none.
func Quantile[T any](sorted []T, q float64) T {
	if len(sorted) == 0 {
		var none T
		return none
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Ratios divides round by round: the two measurements of a round were made one
// after the other, so what else the machine did bears on both.
func Ratios(ours, yardstick []float64) []float64 {
	ratios := make([]float64, min(len(ours), len(yardstick)))
	for i := range ratios {
		ratios[i] = ours[i] / yardstick[i]
	}
	return ratios
}
