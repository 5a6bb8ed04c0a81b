package idle

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestList(t *testing.T) {
	now := time.Unix(1000, 0)
	l := New[string](2, 10*time.Second)
	if _, any := l.Next(now); any {
		t.Error("something is due in an empty list")
	}
	l.Put("a", now)
	l.Put("b", now.Add(time.Second))
	if due := l.Due(now.Add(time.Second)); due != nil {
		t.Errorf("%v is due at once", due)
	}
	l.Put("a", now.Add(2*time.Second)) // it was needed meanwhile
	l.Put("c", now.Add(3*time.Second))
	if due := l.Due(now.Add(3 * time.Second)); !slices.Equal(due, []string{"b"}) {
		t.Errorf("%v is one too many, not b", due)
	}
	if next, _ := l.Next(now.Add(3 * time.Second)); next != 9*time.Second {
		t.Errorf("the next is due in %v", next)
	}
	l.Take("c")
	l.Take("nobody")
	l.Touch("nobody", now)
	l.Touch("a", now.Add(2*time.Second))
	if due := l.Due(now.Add(12 * time.Second)); !slices.Equal(due, []string{"a"}) || l.order.Len() != 0 {
		t.Errorf("%v is due, %d are left", due, l.order.Len())
	}
}

// Whatever happens, a list holds no more than it may, nothing for too long, and what it
// ends is what was needed longest ago.
func TestListHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most, after = 3, 10 * time.Second
		l, now := New[int](most, after), time.Unix(0, 0)
		since := make(map[int]time.Time)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 4000).Draw(t, "ms")) * time.Millisecond)
			key := rapid.IntRange(0, 9).Draw(t, "key")
			if rapid.Bool().Draw(t, "put") {
				l.Put(key, now)
				since[key] = now
			} else {
				l.Take(key)
				delete(since, key)
			}
			for _, ended := range l.Due(now) {
				begun, was := since[ended]
				delete(since, ended)
				for other, at := range since {
					if at.Before(begun) {
						t.Fatalf("%d was ended before %d, which has been idle for longer", ended, other)
					}
				}
				if !was || now.Sub(begun) < after && len(since) < most {
					t.Fatalf("%d was ended for no reason", ended)
				}
			}
			if l.order.Len() != len(since) || l.order.Len() > most || len(l.at) != l.order.Len() {
				t.Fatalf("%d are in it, and %d ought to be", l.order.Len(), len(since))
			}
			for key, at := range since {
				if now.Sub(at) >= after {
					t.Fatalf("%d is idle since %v", key, at)
				}
			}
		}
	})
}
