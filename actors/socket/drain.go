package socket

import (
	"context"
	"slices"
	"time"
)

const (
	// dismissEvery is how often some of the sockets of a node that drains are closed.
	dismissEvery = 20 * time.Millisecond

	// dismissEach is how much of its time a node takes for each of its sockets at
	// most: few sockets are no stampede.
	dismissEach = 10 * time.Millisecond
)

// Drain closes the sockets like CloseAll, but a slice at a time, spread over window,
// so that not all clients come to the other nodes at once. Sockets that are opened
// meanwhile are closed in the end.
func (s *Sockets) Drain(ctx context.Context, window time.Duration) error {
	lines := slices.Concat(s.open.all(), s.carried.all()) // in no order
	window = min(window, time.Duration(len(lines))*dismissEach)
	started := time.Now()
	tick := time.NewTicker(dismissEvery)
	defer tick.Stop()
	for closed := 0; closed < len(lines) && ctx.Err() == nil; {
		due := dismissedBy(time.Since(started), window, len(lines))
		for _, line := range lines[closed:due] {
			s.system.Root.Send(line.socket, closeAll{})
		}
		closed = due
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return s.CloseAll(ctx)
}

// dismissedBy returns how many of n sockets are to be closed after a part of the window.
func dismissedBy(elapsed, window time.Duration, n int) int {
	if elapsed >= window {
		return n
	}
	return int(int64(n) * int64(elapsed) / int64(window))
}
