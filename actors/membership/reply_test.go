package membership

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
				var current atomic.Pointer[View]
				current.Store(viewOf("a", "b", "c"))
				asked, _ := current.Load().ByName("b")
				r := &reply{answer: make(chan any, 1)}
				time.AfterFunc(50*time.Millisecond, func() {
					tt.happens(r, func(names ...string) {
						close(current.Swap(viewOf(names...)).superseded)
					})
				})
				started := time.Now()
				_, err := r.wait(current.Load, func(v *View) bool { return v.Holds(asked) }, started.Add(limit))
				if !errors.Is(err, tt.want) || time.Since(started) != tt.took {
					t.Errorf("%v after %v, want %v after %v", err, time.Since(started), tt.want, tt.took)
				}
			})
		})
	}
}
