package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/process"
)

// share returns a part in percent.
func share(part, whole time.Duration) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// elsewhere returns how much of the machine neither servers nor clients used, in
// percent of all its processors.
func elsewhere(u process.Usage) float64 {
	return share(u.Others, u.Wall*time.Duration(runtime.NumCPU()))
}

// disturbance says how much else the machine did: with much of it, absolute
// figures mean little, and ratios spread.
func disturbance(others []float64) string {
	return fmt.Sprintf("Other programs used %.0f %% of the machine, at most %.0f %%.",
		figures.Median(others), slices.Max(others))
}
