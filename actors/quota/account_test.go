package quota

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func limits() *Limits {
	return &Limits{
		Frames: 5000, Packets: 1000, Bytes: 100_000, Moves: 20, Changes: 20, FanOut: 10_000,
		Longest: 50_000, Rooms: 32,
	}
}

// sends has a client push so many packets of a size, each as soon as it may and a pause
// after the one before, and returns how long that took and what it was closed for.
func sends(l *Limits, packets, size int, pause time.Duration) (took time.Duration, closed string) {
	var a Account
	began := time.Unix(0, 0)
	now := began
	for range packets {
		now = now.Add(pause)
		hold := a.Admit(now, l, size, true)
		if hold.Over {
			return now.Sub(began), map[Cost]string{Packets: "packets", Bytes: "bytes"}[hold.By]
		}
		now = now.Add(hold.For)
	}
	return now.Sub(began), ""
}

func TestClientsAreSlowedDownToTheirRates(t *testing.T) {
	rates := &Limits{Packets: 1000, Bytes: 100_000, Longest: 50_000}
	tests := []struct {
		name    string
		limits  *Limits
		packets int
		size    int
		pause   time.Duration
		took    time.Duration
		closed  string
	}{
		{"no limit", &Limits{}, 1_000_000, 1000, 0, 0, ""},
		{"what a moment allows", rates, 2000, 1, 0, 0, ""},
		{"what was buffered while offline", rates, 2500, 1, 0, 500 * time.Millisecond, ""},
		{"nearly too much", rates, 11_990, 1, 0, 9990 * time.Millisecond, ""},
		{"on and on", rates, 100_000, 1, 0, CloseAfter, "packets"},
		{"at the rate, for ever", rates, 100_000, 1, time.Millisecond, 100 * time.Second, ""},
		{"bytes", rates, 10, 40_000, 0, 2 * time.Second, ""},
		{"bytes on and on", rates, 1000, 40_000, 0, CloseAfter, "bytes"},
		{"the longest message", rates, 1, 50_000, 0, 0, ""},
		{"the longest message, though it is longer than a moment allows", &Limits{Bytes: 1000, Longest: 50_000}, 1, 50_000, 0, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			took, closed := sends(test.limits, test.packets, test.size, test.pause)
			if off := took - test.took; off < -10*time.Millisecond || off > 10*time.Millisecond || closed != test.closed {
				t.Errorf("took %v, closed for %q; want %v, %q", took, closed, test.took, test.closed)
			}
		})
	}
}

// Bursts with some rest between them are no flood, however many there are.
func TestBurstsAreNotCutOff(t *testing.T) {
	var a Account
	l := &Limits{Packets: 1000}
	now := time.Unix(0, 0)
	for range 20 {
		for range 5000 {
			hold := a.Admit(now, l, 1, true)
			if hold.Over {
				t.Fatal("closed")
			}
			now = now.Add(hold.For)
		}
		now = now.Add(3 * time.Second)
	}
}

// A late timer makes no difference between who floods and who does not.
func TestFloodIsCutOffThoughTimersAreLate(t *testing.T) {
	var a Account
	l := &Limits{Packets: 1000}
	began := time.Unix(0, 0)
	for now := began; now.Sub(began) < 2*CloseAfter; {
		hold := a.Admit(now, l, 1, true)
		if hold.Over {
			return
		}
		if hold.For > 0 {
			now = now.Add(hold.For + 20*time.Millisecond)
		}
	}
	t.Error("not cut off")
}

// caused is an event and what it causes.
type caused struct {
	cost Cost
	n    int
}

// events draws events of which none alone causes more than the longest debt.
func events(l *Limits) *rapid.Generator[caused] {
	return rapid.Custom(func(t *rapid.T) caused {
		c := rapid.SampledFrom([]Cost{Moves, Changes, FanOut}).Draw(t, "cost")
		most := map[Cost]int{Moves: 1, Changes: 1, FanOut: l.FanOut * int(LongestDebt/time.Second)}[c]
		return caused{c, rapid.IntRange(1, most).Draw(t, "n")}
	})
}

// Who sends one after the other, and waits as it was told when an event is refused, is
// never closed, is let do something every few seconds, and causes no more than its
// rates allow.
func TestWhoWaitsIsNeverClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, total, largest := limits(), map[Cost]int{}, map[Cost]int{}
		var a Account
		began := time.Unix(0, 0)
		now, last := began, began
		for range rapid.IntRange(1, 400).Draw(t, "events") {
			hold := a.Admit(now, l, rapid.IntRange(1, 50_000).Draw(t, "size"), false)
			for !hold.Over && hold.For > 0 {
				if hold.For > RefuseAfter {
					t.Fatalf("it is to wait for %v without an answer", hold.For)
				}
				now = now.Add(hold.For)
				hold = a.Judge(now, l, false)
			}
			refused := a.Refuse(now, l)
			if hold.Over || refused.Over {
				t.Fatalf("closed after %v", now.Sub(began))
			}
			if refused.Retry > 0 {
				if refused.Retry > LongestDebt {
					t.Fatalf("locked out for %v", refused.Retry)
				}
				now = now.Add(refused.Retry)
				continue
			}
			if waited := now.Sub(last); waited > LongestDebt+RefuseAfter {
				t.Fatalf("nothing was taken for %v", waited)
			}
			last = now
			e := events(l).Draw(t, "event")
			a.Charge(now, l, e.cost, e.n)
			total[e.cost] += e.n
			largest[e.cost] = max(largest[e.cost], e.n)
			for c, n := range total {
				allowed := timeFor(n-largest[c], l.rate(c))
				if spent := now.Sub(began) + l.moment(c); allowed > spent+time.Millisecond {
					t.Fatalf("in %v it caused %d of kind %d", now.Sub(began), n, c)
				}
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "pause")) * time.Millisecond)
		}
	})
}

// Who pushes on, whatever is refused, is closed, and not before it was refused
// anything, unless it floods.
func TestWhoPushesOnIsRefusedAndThenClosed(t *testing.T) {
	tests := []struct {
		name   string
		cost   caused
		pause  time.Duration // between packets, those refused
		within time.Duration
	}{
		{"joins, as fast as they are taken", caused{Moves, 1}, 0, GiveUpAfter + 12*time.Second},
		{"joins, 100 a second", caused{Moves, 1}, 10 * time.Millisecond, GiveUpAfter + 12*time.Second},
		{"messages to many", caused{FanOut, 5000}, time.Millisecond, GiveUpAfter + 15*time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := limits()
			var a Account
			began := time.Unix(0, 0)
			now, refusedAt, taken := began, time.Time{}, 0
			for now.Sub(began) < 2*test.within {
				hold := a.Admit(now, l, 20, true)
				if hold.Over {
					break
				}
				now = now.Add(hold.For + test.pause)
				refused := a.Refuse(now, l)
				if refused.Over {
					break
				}
				if refused.Retry == 0 {
					a.Charge(now, l, test.cost.cost, test.cost.n)
					taken++
				} else if refusedAt.IsZero() {
					refusedAt = now
				}
			}
			took := now.Sub(began)
			if took > test.within {
				t.Errorf("closed after %v", took)
			}
			if refusedAt.IsZero() || refusedAt.Sub(began) < RefuseAfter {
				t.Errorf("refused after %v", refusedAt.Sub(began))
			}
			if most := int((took+l.moment(test.cost.cost)).Seconds()*float64(l.rate(test.cost.cost)))/test.cost.n + 1; taken > most {
				t.Errorf("%d events were taken in %v, want %d at most", taken, took, most)
			}
		})
	}
}

// An application that draws 60 times a second in a room that is a little too large for
// that, and wants no answers, loses some of it and stays.
func TestOneEventTooLargeClosesNobody(t *testing.T) {
	l := limits()
	var a Account
	now := time.Unix(0, 0)
	a.Charge(now, l, FanOut, 1<<40)
	refused := 0
	for range 60 * 60 {
		hold := a.Admit(now, l, 20, false)
		if hold.Over {
			t.Fatal("closed")
		}
		now = now.Add(hold.For + time.Second/60)
		switch r := a.Refuse(now, l); {
		case r.Over:
			t.Fatal("closed")
		case r.Retry > 0:
			refused++
		}
	}
	if most := 60 * int(LongestDebt/time.Second); refused == 0 || refused > most {
		t.Errorf("%d events were refused, want %d at most", refused, most)
	}
}

// Within the rates nobody waits, once what a moment's burst cost is paid.
func TestWithinTheRatesNobodyWaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := limits()
		var a Account
		now := time.Unix(0, 0)
		for range rapid.IntRange(0, 300).Draw(t, "burst") {
			a.Charge(now, l, Moves, 1)
			a.Charge(now, l, FanOut, 1000)
		}
		now = now.Add(LongestDebt)
		for range 2000 {
			now = now.Add(time.Second / 15)
			if hold := a.Admit(now, l, 100, true); hold.For > 0 || hold.Over {
				t.Fatalf("it waits for %v", hold.For)
			}
			if r := a.Refuse(now, l); r.Retry > 0 || r.Over {
				t.Fatal("refused")
			}
			a.Charge(now, l, Moves, 1)
			a.Charge(now, l, Changes, 1)
			a.Charge(now, l, FanOut, 600)
		}
	})
}

// The defaults of a node are met by none of these.
func TestOrdinaryApplicationsNeverWait(t *testing.T) {
	l := &Limits{
		Frames: 5000, Packets: 1000, Bytes: 10_000_000, Moves: 20, Changes: 20, FanOut: 10_000_000,
		Longest: 1_000_000, Rooms: 32,
	}
	const overhead = 256
	tests := []struct {
		name               string
		events, each, cost int
		kind               Cost
		every              time.Duration
	}{
		{"cursors at 60 Hz in a room of 100", 60 * 60, 100, 100 * (300 + overhead), FanOut, time.Second / 60},
		{"a whiteboard that was offline, to 50", 1500, 200, 50 * (500 + overhead), FanOut, 0},
		{"a page that joins all its rooms, of 500 each", 32, 40, 500 * 2 * (200 + overhead), FanOut, 0},
		{"a page that changes from 32 rooms to 32 others", 96, 20, 1, Moves, 0},
		{"a chat of 1,000", 600, 300, 1000 * (600 + overhead), FanOut, time.Second / 2},
		{"a picture to ten", 5, 400_000, 10 * (400_000 + overhead), FanOut, 0},
		{"who is typing, in a room of 100", 600, 60, 1, Changes, time.Second / 10},
	}
	for _, test := range tests {
		var a Account
		now := time.Unix(0, 0)
		a.Begin(now, l)
		for range test.events {
			if hold := a.Admit(now, l, test.each, true); hold.For > 0 || hold.Over {
				t.Errorf("%s waits for %v", test.name, hold.For)
				break
			}
			a.Charge(now, l, test.kind, test.cost)
			now = now.Add(test.every)
		}
	}
}

// Who connects anew for each burst has less of it than who stays.
func TestANewClientHasAPartOfAMoment(t *testing.T) {
	l := limits()
	for _, test := range []struct {
		kind Cost
		age  time.Duration
		want int
	}{
		{Changes, 0, 20}, {Changes, time.Second, 40}, {Changes, 4 * time.Second, 100}, {Changes, time.Hour, 100},
		{FanOut, 0, 60_000}, {FanOut, 4 * time.Second, 100_000}, {Moves, 0, 200},
	} {
		var a Account
		now := time.Unix(0, 0)
		a.Begin(now, l)
		now = now.Add(test.age)
		taken := 0
		for a.Judge(now, l, false).For == 0 {
			a.Charge(now, l, test.kind, max(1, test.want/1000))
			taken += max(1, test.want/1000)
		}
		if least, most := test.want, test.want+test.want/100+1; taken < least || taken > most {
			t.Errorf("%v of kind %v are taken at once after %v, want %d", taken, test.kind, test.age, test.want)
		}
	}
}

func TestMeterSlowsDownAndEndsAFlood(t *testing.T) {
	tests := []struct {
		name          string
		frames, bytes int // of each read
		pushed        bool
		over          bool
		by            Cost
	}{
		{"empty frames", 85, 510, true, true, Frames},
		{"bytes without frames", 0, 100_000, true, true, WireBytes},
		{"what comes no faster than it is read", 85, 510, false, false, Frames},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := &Limits{Frames: 5000, Bytes: 10_000_000, Longest: 1_000_000}
			var m Meter
			began := time.Unix(0, 0)
			now, frames := began, 0
			for now.Sub(began) < 3*CloseAfter {
				m.Count(now, l, test.frames, test.bytes)
				frames += test.frames
				hold := m.Hold(now, l, test.pushed)
				if hold.For > 0 && hold.By != test.by {
					t.Fatalf("it waits for %d", hold.By)
				}
				if hold.Over {
					break
				}
				now = now.Add(hold.For)
			}
			took := now.Sub(began)
			if over := took < 2*CloseAfter; over != test.over {
				t.Errorf("over after %v", took)
			}
			if most := int((took+2*time.Second).Seconds()*5000) + test.frames; frames > most {
				t.Errorf("%d frames in %v", frames, took)
			}
		})
	}
}
