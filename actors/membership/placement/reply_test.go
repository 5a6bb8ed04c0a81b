package placement

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

func TestReplyEndsByWhateverComesFirst(t *testing.T) {
	const limit = 300 * time.Millisecond
	tests := map[string]struct {
		happens func(r *reply, change func(names ...string))
		want    error
		took    time.Duration
	}{
		"an answer":       {func(r *reply, _ func(...string)) { r.SendUserMessage(nil, "yes") }, nil, 50 * time.Millisecond},
		"a dead letter":   {func(r *reply, _ func(...string)) { r.SendUserMessage(nil, &actor.DeadLetterResponse{}) }, errNoActor, 50 * time.Millisecond},
		"its member goes": {func(_ *reply, change func(...string)) { change("a") }, errMoved, 50 * time.Millisecond},
		"another goes":    {func(_ *reply, change func(...string)) { change("a", "b") }, errSilent, limit},
		"nothing":         {func(*reply, func(...string)) {}, errSilent, limit},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var current atomic.Pointer[Nodes]
				superseded := make(chan struct{})
				current.Store(nodesNamed(superseded, "a", "b", "c"))
				asked := current.Load().list[1]
				r := &reply{answer: make(chan any, 1)}
				time.AfterFunc(50*time.Millisecond, func() {
					tt.happens(r, func(names ...string) {
						current.Store(nodesNamed(nil, names...))
						close(superseded)
					})
				})
				started := time.Now()
				_, err := r.wait(current.Load, func(n *Nodes) bool { return n.holds(asked) }, started.Add(limit))
				if !errors.Is(err, tt.want) || time.Since(started) != tt.took {
					t.Errorf("%v after %v, want %v after %v", err, time.Since(started), tt.want, tt.took)
				}
			})
		})
	}
}
