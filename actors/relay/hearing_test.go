package relay

import (
	"slices"
	"testing"
)

func TestPace(t *testing.T) {
	var p Pace
	told := func(ticks int) (count int) {
		for range ticks {
			if p.Tick() {
				count++
			}
		}
		return count
	}
	if n := told(100); n != 0 {
		t.Errorf("told %d times of nothing", n)
	}
	p.News()
	p.News()
	for i, want := range []int{1, 1, 1, 1, 1} { // at once, and each second
		if n := told(second); n != want {
			t.Errorf("second %d: told %d times", i, n)
		}
	}
	if n := told(keptFor); n < 3 || n > 6 {
		t.Errorf("told %d times afterwards", n)
	}
	if n := told(2 * keptFor); n != 0 {
		t.Errorf("told %d times of what is kept no more", n)
	}
}

func TestWhoIsNotHeardIsTold(t *testing.T) {
	var h Hearing
	members := []string{"heard", "unheard"}
	tells, warns := 0, 0
	tick := func(up bool) Unheard {
		h.Heard("heard")
		u := h.Tick(members, up)
		if slices.Contains(u.All, "heard") {
			t.Fatal("who is heard counts as unheard")
		}
		tells, warns = tells+len(u.Tell), warns+len(u.Warn)
		return u
	}
	for range unheardAfter - 1 {
		tick(true)
	}
	if tells != 0 {
		t.Fatal("told too early")
	}
	for range 10 * warnAfter {
		tick(false)
	}
	if tells != 10*warnAfter/second || warns != 0 {
		t.Errorf("told %d times; warned %d times while the own subscription was down", tells, warns)
	}
	for range 2 * warnAfter {
		tick(true)
	}
	if warns != 1 {
		t.Errorf("warned %d times", warns)
	}
	if !h.Heard("unheard") || h.Heard("unheard") || h.Heard("stranger") {
		t.Error("it is heard again, which is news once")
	}
	if u := tick(true); len(u.All) != 0 {
		t.Errorf("unheard %v", u.All)
	}
	for range 2 * warnAfter {
		tick(true)
	}
	if warns != 2 {
		t.Errorf("of another silence warned %d times", warns-1)
	}
}

func TestStraysSaySoAgain(t *testing.T) {
	var s Strays
	s.Add("a")
	for range strayFor - 1 {
		s.Tick()
	}
	if !s.Has("a") || s.Has("b") {
		t.Error("a alone is one")
	}
	s.Add("a")
	s.Tick()
	if !s.Has("a") {
		t.Error("it has said so again")
	}
	for range strayFor {
		s.Tick()
	}
	if s.Has("a") || len(s.left) != 0 {
		t.Error("it has not said so for long")
	}
}
