package directory

import "slices"

// Depth is how full the mailboxes of some actors are, in messages.
type Depth struct {
	Actors, Total, P99, Max int
}

// DepthOf sums up the mailboxes of actors.
func DepthOf(actors []*Actor) Depth {
	d, waiting := Depth{Actors: len(actors)}, make([]int, len(actors))
	for i, a := range actors {
		waiting[i] = a.Waiting()
		d.Total += waiting[i]
		d.Max = max(d.Max, waiting[i])
	}
	d.P99 = P99(waiting)
	return d
}

// P99 returns the least number that 99 of 100 do not exceed, 0 for none. It sorts them.
func P99(numbers []int) int {
	if len(numbers) == 0 {
		return 0
	}
	slices.Sort(numbers)
	return numbers[(len(numbers)*99+99)/100-1]
}
