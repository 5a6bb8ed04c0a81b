package identity

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestHearing(t *testing.T) {
	tests := []struct {
		name          string
		at            sequence
		seq           int64
		next, missing bool
		after         sequence
	}{
		{"the next one is delivered", sequence{placed: true, last: 5}, 6, true, false, sequence{placed: true, last: 6}},
		{"a repeated one is dropped", sequence{placed: true, last: 5}, 5, false, false, sequence{placed: true, last: 5}},
		{"a late one is dropped", sequence{placed: true, last: 5}, 2, false, false, sequence{placed: true, last: 5}},
		{"a gap is read from the log", sequence{placed: true, last: 5}, 7, false, true, sequence{placed: true, last: 5}},
		{"an early one is kept in mind", sequence{}, 7, false, false, sequence{early: 7}},
		{"the lowest early one counts", sequence{early: 7}, 6, false, false, sequence{early: 6}},
		{"a higher early one does not", sequence{early: 7}, 8, false, false, sequence{early: 7}},
	}
	for _, test := range tests {
		s := test.at
		next, missing := s.hear(Change{Seq: test.seq})
		if next != test.next || missing != test.missing || s != test.after {
			t.Errorf("%s: next %v, missing %v, %+v", test.name, next, missing, s)
		}
	}
}

func TestPlacing(t *testing.T) {
	tests := []struct {
		name    string
		early   int64
		end     int64
		last    int64
		missing bool
	}{
		{"begins at the log's end", 0, 5, 5, false},
		{"begins before what was heard already", 3, 5, 2, true},
		{"reads what was heard after the log was read", 7, 5, 5, true},
	}
	for _, test := range tests {
		s := sequence{early: test.early}
		if missing := s.place(test.end); missing != test.missing || !s.placed || s.last != test.last {
			t.Errorf("%s: missing %v, %+v", test.name, missing, s)
		}
	}
}

// However the bus loses, repeats and reorders, and the log fails and answers
// late, each change is delivered once and in order, and in the end all are.
func TestEachChangeOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			s         sequence
			committed []Change // the log; some numbers are missing in it
			delivered []Change
			begin     int64    = -1 // changes behind this number must be delivered
			first     int64         // the lowest number heard before the position was known
			pending   []Change      // rows of a read that is not yet taken
			reading   bool
		)
		place := func() {
			end := int64(0)
			if n := len(committed); n > 0 {
				end = committed[n-1].Seq
			}
			begin = end
			if first > 0 {
				begin = min(end, first-1)
			}
			s.place(end)
		}
		after := func(seq int64, limit int) []Change {
			i, _ := slices.BinarySearchFunc(committed, seq+1, func(c Change, seq int64) int { return int(c.Seq - seq) })
			return slices.Clone(committed[i:min(len(committed), i+limit)])
		}
		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) {
				seq := int64(1)
				if n := len(committed); n > 0 {
					seq = committed[n-1].Seq + 1
				}
				seq += rapid.SampledFrom([]int64{0, 0, 0, 1, 2}).Draw(t, "numbers rolled back")
				committed = append(committed, Change{Seq: seq, User: "1", Version: seq})
			},
			"hear any": func(t *rapid.T) {
				if len(committed) == 0 {
					t.Skip("nothing to hear")
				}
				c := rapid.SampledFrom(committed).Draw(t, "change")
				if !s.placed && (first == 0 || c.Seq < first) {
					first = c.Seq
				}
				if next, _ := s.hear(c); next {
					delivered = append(delivered, c)
				}
			},
			"position becomes known": func(t *rapid.T) {
				if s.placed {
					t.Skip("it is")
				}
				place()
			},
			"read begins": func(t *rapid.T) {
				if !s.placed || reading {
					t.Skip("not now")
				}
				pending, reading = after(s.last, rapid.IntRange(1, 3).Draw(t, "limit")), true
			},
			"read ends": func(t *rapid.T) {
				if !reading {
					t.Skip("there is none")
				}
				delivered, reading = append(delivered, s.read(pending)...), false
			},
			"read fails": func(t *rapid.T) { reading = false },
			"": func(t *rapid.T) {
				for i, c := range delivered {
					if i > 0 && c.Seq <= delivered[i-1].Seq {
						t.Fatalf("delivered %d after %d", c.Seq, delivered[i-1].Seq)
					}
				}
			},
		})
		if !s.placed {
			place()
		}
		for rows := after(s.last, 2); len(rows) > 0; rows = after(s.last, 2) {
			delivered = append(delivered, s.read(rows)...)
		}
		if diff := cmp.Diff(append([]Change(nil), after(begin, len(committed))...), append([]Change(nil), delivered...)); diff != "" {
			t.Fatalf("delivered (-want +got):\n%s", diff)
		}
	})
}
