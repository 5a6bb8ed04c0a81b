package outbox

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestSharedFrameIsPreparedOnce(t *testing.T) {
	var f Frame
	var calls atomic.Int64
	var using sync.WaitGroup
	for range 8 {
		using.Go(func() {
			got := f.Prepared(func(of *Frame) any {
				calls.Add(1)
				return of
			})
			if got != &f {
				t.Errorf("prepared as %v", got)
			}
		})
	}
	using.Wait()
	if calls.Load() != 1 {
		t.Errorf("prepared %d times", calls.Load())
	}
}
