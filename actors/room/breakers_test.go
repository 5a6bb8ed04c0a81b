package room

import (
	"sync"
	"testing"

	"github.com/rollcall/rollcall/actors/membership"
)

func TestBreakers(t *testing.T) {
	var b Breakers
	if b.Doubts("s1") {
		t.Error("in doubt from the start")
	}
	b.Answered("s1")
	b.Missed("s1")
	b.Missed("s2")
	if !b.Doubts("s1") || !b.Doubts("s2") || b.Doubts("s3") {
		t.Error("not those who missed")
	}
	b.Answered("s1")
	if b.Doubts("s1") || !b.Doubts("s2") {
		t.Error("an answer does not take the doubt away")
	}
	b.Keep(&membership.View{Members: []membership.Member{member("b", "s2", 0)}})
	if !b.Doubts("s2") {
		t.Error("a member was forgotten")
	}
	b.Keep(&membership.View{Members: []membership.Member{member("b", "s3", 0)}})
	if b.Doubts("s2") || b.open.Load() != nil {
		t.Error("one that is no member was not forgotten")
	}
}

func TestBreakersOfManyGoroutines(t *testing.T) {
	var b Breakers
	var all sync.WaitGroup
	for _, system := range []string{"s1", "s2", "s3", "s4"} {
		all.Go(func() {
			for range 100 {
				b.Missed(system)
				b.Answered(system)
			}
			b.Missed(system)
		})
	}
	all.Wait()
	for _, system := range []string{"s1", "s2", "s3", "s4"} {
		if !b.Doubts(system) {
			t.Errorf("%s got lost", system)
		}
	}
}
