package socket

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/rollcall/rollcall/actors/actorstest"
)

func TestSwitchboardWaitsForTheLastLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newSwitchboard(nil)
		actorstest.Must(t, b.wait(t.Context()))
		one, two := new(Line), new(Line)
		b.add(one)
		b.add(two)
		b.add(two)
		if b.count() != 2 || len(b.all()) != 2 {
			t.Fatalf("%d lines", b.count())
		}
		empty := make(chan error, 2)
		for range 2 {
			go func() { empty <- b.wait(t.Context()) }()
		}
		synctest.Wait()
		b.remove(one)
		b.remove(one)
		synctest.Wait()
		if len(empty) > 0 {
			t.Fatal("did not wait for the second line")
		}
		b.remove(two)
		actorstest.Must(t, <-empty)
		actorstest.Must(t, <-empty)
		b.add(one) // it can be waited for again
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		b.remove(one)
		actorstest.Must(t, b.wait(t.Context()))
	})
}

func TestSwitchboardTellsWhenHalfHaveGone(t *testing.T) {
	halves := 0
	b := newSwitchboard(func() { halves++ })
	lines := make([]*Line, 8*crowded)
	for i := range lines {
		lines[i] = new(Line)
		b.add(lines[i])
	}
	for i, left := range []int{4*crowded + 1, 4 * crowded, 2 * crowded, crowded, crowded / 2, 0} {
		for _, l := range lines[left:] {
			b.remove(l)
		}
		if want := min(i, 4); halves != want {
			t.Errorf("told %d times, with %d left, want %d", halves, left, want)
		}
	}
}
