package relay

import (
	"bytes"
	"slices"
	"testing"

	"github.com/rollcall/rollcall/protos"
)

func numbers(relays []*protos.Relay) []uint64 {
	var list []uint64
	for _, r := range relays {
		list = append(list, r.GetNumber())
	}
	return list
}

func filled(count int) *Log {
	l := new(Log)
	for range count {
		l.Add(&protos.Relay{Payload: make([]byte, 1000)})
	}
	return l
}

func TestLogAnswersWithWhatItHas(t *testing.T) {
	l := filled(9)
	tests := []struct {
		name string
		ask  []*protos.Hole
		most int
		want []uint64
	}{
		{"nothing", nil, 1 << 20, nil},
		{"some", holes(2, 3, 7, 7), 1 << 20, []uint64{2, 3, 7}},
		{"more than there is", holes(8, 99, 0, 1), 1 << 20, []uint64{8, 9, 1}},
		{"what fits", holes(1, 9), 3 * (1000 + overhead + 50), []uint64{1, 2, 3}},
		{"one at least", holes(4, 9), 1, []uint64{4}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if oldest, got := l.Answer(test.ask, test.most); oldest != 1 || !slices.Equal(numbers(got), test.want) {
				t.Errorf("oldest %d, relays %v, want %v", oldest, numbers(got), test.want)
			}
		})
	}
}

func TestLogKeepsRelaysForAWhile(t *testing.T) {
	l := filled(2)
	for range keptFor - 1 {
		l.Tick()
	}
	l.Add(&protos.Relay{})
	oldest, _ := l.Answer(nil, 0)
	l.Tick()
	after, got := l.Answer(holes(1, 9), 1<<20)
	if oldest != 1 || after != 3 || !slices.Equal(numbers(got), []uint64{3}) {
		t.Errorf("oldest %d, then %d with %v", oldest, after, numbers(got))
	}
	for range keptFor {
		l.Tick()
	}
	if oldest, got := l.Answer(holes(1, 9), 1<<20); oldest != 4 || got != nil || l.Last() != 3 || l.bytes != 0 {
		t.Errorf("an empty log: oldest %d, %v, last %d, %d bytes", oldest, numbers(got), l.Last(), l.bytes)
	}
}

func TestLogIsBounded(t *testing.T) {
	l := filled(10_000)
	if l.bytes > keptBytes || len(l.kept) < keptBytes/2000 {
		t.Errorf("%d relays of %d bytes are kept", len(l.kept), l.bytes)
	}
	huge := &protos.Relay{Payload: bytes.Repeat([]byte("x"), 2*keptBytes)}
	l.Add(huge)
	if oldest, got := l.Answer(holes(1, 1<<40), 1); oldest != huge.GetNumber() || len(got) != 1 {
		t.Errorf("the latest is kept at any rate: oldest %d of %d", oldest, l.Last())
	}
}
