package identity

import (
	"testing"
	"time"
)

func TestPublishedIsToldForAWhile(t *testing.T) {
	var p published
	start := time.Unix(1000, 0)
	after := func(d time.Duration) time.Time { return start.Add(d) }
	want := func(now time.Time, seq int64) {
		t.Helper()
		if got := p.lately(now); got != seq {
			t.Errorf("after %v: %d, want %d", now.Sub(start), got, seq)
		}
	}
	want(start, 0)
	p.note(7, start)
	p.note(6, after(time.Second)) // was overtaken
	want(after(toldFor), 7)
	want(after(toldFor+1), 0)
	p.note(1, after(toldFor+1)) // of a log that was emptied
	want(after(toldFor+2), 1)
}
