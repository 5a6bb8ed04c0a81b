package relay

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos"
)

func holes(of ...uint64) []*protos.Hole {
	var list []*protos.Hole
	for i := 0; i < len(of); i += 2 {
		list = append(list, &protos.Hole{First: of[i], Last: of[i+1]})
	}
	return list
}

func TestWhatIsLacking(t *testing.T) {
	tests := []struct {
		name  string
		after func(*Seen)
		want  []*protos.Hole
	}{
		{"nothing came", func(*Seen) {}, nil},
		{"all came", func(s *Seen) { s.Take(1); s.Take(2); s.Told(2) }, nil},
		{"between", func(s *Seen) { s.Take(5); s.Take(3) }, holes(1, 2, 4, 4)},
		{"at the end", func(s *Seen) { s.Take(1); s.Told(4); s.Told(7); s.Told(3) }, holes(2, 7)},
		{"filled", func(s *Seen) { s.Take(3); s.Take(1); s.Take(2) }, nil},
		{"given up", func(s *Seen) { s.Take(5); s.Take(9); s.GiveUp(7) }, holes(7, 8)},
		{"all given up", func(s *Seen) { s.Take(5); s.GiveUp(6); s.Told(7) }, holes(6, 7)},
		{"given up before they were heard of", func(s *Seen) { s.Told(3); s.GiveUp(4); s.Told(5) }, holes(4, 5)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s Seen
			test.after(&s)
			if diff := cmp.Diff(test.want, s.Lacks(s.high, 100), protocmp.Transform()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLacksIsBounded(t *testing.T) {
	var s Seen
	s.Take(2)
	s.Take(9)
	s.Told(20)
	for most, want := range map[int][]*protos.Hole{0: nil, 1: holes(1, 1), 2: holes(1, 1, 3, 8), 9: holes(1, 1, 3, 8, 10, 12)} {
		if diff := cmp.Diff(want, s.Lacks(12, most), protocmp.Transform()); diff != "" {
			t.Errorf("at most %d (-want +got):\n%s", most, diff)
		}
	}
}

// What was given up is still news, once.
func TestWhatWasGivenUpIsTakenIfItComes(t *testing.T) {
	var s Seen
	s.Told(9)
	s.GiveUp(8)
	for _, number := range []uint64{3, 7, 1, 8} {
		if !s.Take(number) || s.Take(number) {
			t.Errorf("%d was not taken once", number)
		}
	}
	if diff := cmp.Diff(holes(9, 9), s.Lacks(9, 9), protocmp.Transform()); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestHolesAreBounded(t *testing.T) {
	var s Seen
	for number := uint64(2); number <= 10*mostHoles; number += 2 {
		s.Take(number)
	}
	if len(s.holes) != mostHoles {
		t.Errorf("%d holes", len(s.holes))
	}
	if s.Take(1) || !s.Take(10*mostHoles-1) {
		t.Error("it is the oldest that are forgotten")
	}
}

// Whatever comes, in whatever order: each number is news once, and what is lacking
// is exactly what is known to exist and was not taken or given up.
func TestEachNumberIsNewsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Seen
		taken, given, high := map[uint64]bool{}, map[uint64]bool{}, uint64(0)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			number := rapid.Uint64Range(1, 40).Draw(t, "number")
			switch rapid.SampledFrom([]string{"take", "take", "told", "give up"}).Draw(t, "step") {
			case "take":
				if s.Take(number) == taken[number] {
					t.Fatalf("%d was news: %v", number, taken[number])
				}
				taken[number], high = true, max(high, number)
			case "told":
				s.Told(number)
				high = max(high, number)
			case "give up":
				s.GiveUp(number)
				for n := range min(number, high+1) {
					given[n] = true
				}
			}
		}
		lacks := map[uint64]bool{}
		for _, h := range s.Lacks(high, mostHoles) {
			for n := h.GetFirst(); n <= h.GetLast(); n++ {
				lacks[n] = true
			}
		}
		for n := uint64(1); n <= high+1; n++ {
			if want := n <= high && !taken[n] && !given[n]; lacks[n] != want {
				t.Fatalf("%d is lacking: %v, want %v", n, lacks[n], want)
			}
		}
	})
}
