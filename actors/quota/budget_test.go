package quota

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestWhoFindsTheBudgetFullWaitsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(10_000, 6_000)
		ctx := t.Context()
		first, err := b.Take(ctx, "a", 6_000)
		if err != nil {
			t.Fatal(err)
		}
		got, gives := make(chan string, 3), make(chan func(), 3)
		take := func(site string, n int) {
			go func() {
				give, err := b.Take(ctx, site, n)
				if err == nil {
					gives <- give
					got <- site
				}
			}()
			synctest.Wait()
		}
		take("a", 600)   // has all that a site may have
		take("b", 5_000) // there is not enough in all
		take("c", 1_000) // there is, but b comes first
		if len(got) != 0 {
			t.Fatalf("%s got some", <-got)
		}
		first()
		first() // more than once does nothing
		synctest.Wait()
		if len(got) != 3 {
			t.Errorf("%d got some", len(got))
		}
		close(gives)
		for give := range gives {
			give()
		}
		if b.Used() != 0 {
			t.Errorf("%d bytes are held", b.Used())
		}
	})
}

func TestWhoWaitsTooLongGetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(1000, 0)
		give, err := b.Take(t.Context(), "a", 5_000) // all there is
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := b.Take(ctx, "b", 1000); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		give()
		if _, err := b.Take(t.Context(), "b", 1000); err != nil || b.Used() != 1000 {
			t.Errorf("%v, %d bytes are held", err, b.Used())
		}
	})
}

// Whatever comes: no more is held than may be, and nobody waits for what is there.
func TestBudgetHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most, perSite = 10_000, 6_000
		b := NewBudget(most, perSite)
		held := map[string]int{}
		var gives []func()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(gives) > 0 && rapid.Bool().Draw(t, "give") {
				i := rapid.IntRange(0, len(gives)-1).Draw(t, "which")
				gives[i]()
				gives = append(gives[:i], gives[i+1:]...)
				continue
			}
			site := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "site")
			n := rapid.IntRange(0, 8_000).Draw(t, "n")
			counts := min(max(n, leastTaken), perSite)
			ctx, cancel := context.WithCancel(context.Background())
			cancel() // whoever would have to wait gives up at once
			before := b.Used()
			give, err := b.Take(ctx, site, n)
			fits := before+counts <= most && held[site]+counts <= perSite
			if fits != (err == nil) {
				t.Fatalf("%d for %s beside %v: %v", n, site, held, err)
			}
			if err == nil {
				held[site] += counts
				gives = append(gives, func() { give(); held[site] -= counts })
			}
			if sum := held["a"] + held["b"] + held["c"]; b.Used() != sum || sum > most {
				t.Fatalf("%d are held, of %v", b.Used(), held)
			}
		}
	})
}

func TestWhatTurnsOutToBeLessIsGivenBack(t *testing.T) {
	b := NewBudget(100_000, 60_000)
	keep, err := b.TakeUpTo(t.Context(), "a", 80_000) // of which it may have 60,000
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ keep, used int }{{70_000, 60_000}, {20_000, 20_000}, {30_000, 20_000}, {0, 0}, {0, 0}} {
		if keep(step.keep); b.Used() != step.used {
			t.Errorf("it keeps %d: %d are held, want %d", step.keep, b.Used(), step.used)
		}
	}
}
