package actors

import (
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

func sized(n int) *Frame { return &Frame{Data: make([]byte, n)} }

func TestOutboxIsBoundedInBytes(t *testing.T) {
	overflows := 0
	o := NewOutbox(10, func() { overflows++ })
	for _, size := range []int{0, 4, 6} {
		o.append(sized(size))
	}
	if overflows != 0 {
		t.Fatal("overflowed at its limit")
	}
	if frames := o.take(nil); len(frames) != 3 {
		t.Fatalf("took %d frames", len(frames))
	}
	o.append(sized(10)) // taking has made room
	for range 3 {
		if o.append(sized(1)) {
			t.Error("a shut outbox asks for a flush")
		}
	}
	if overflows != 1 {
		t.Errorf("overflowed was called %d times", overflows)
	}
	if frames := o.take(nil); len(frames) != 1 {
		t.Errorf("%d frames were left to be written", len(frames))
	}
	if o.append(sized(0)); len(o.take(nil)) != 0 {
		t.Error("a frame went into a shut outbox")
	}
}

func TestOneFrameMayBeTooLarge(t *testing.T) {
	overflows := 0
	o := NewOutbox(10, func() { overflows++ })
	if o.append(sized(11)) || overflows != 1 {
		t.Errorf("overflows: %d", overflows)
	}
}

// The frames of a packet with attachments count against the limit together.
func TestAPacketGoesInWholeOrNotAtAll(t *testing.T) {
	overflows := 0
	o := NewOutbox(10, func() { overflows++ })
	o.append(sized(1))
	o.append(sized(2), sized(3), sized(4))
	if frames := o.take(nil); overflows != 0 || len(frames) != 4 {
		t.Fatalf("%d frames at the limit, %d overflows", len(frames), overflows)
	}
	o.append(sized(1))
	if o.append(sized(2), sized(3), sized(5)) || overflows != 1 {
		t.Errorf("%d overflows", overflows)
	}
	if frames := o.take(nil); len(frames) != 1 {
		t.Errorf("%d frames: the packet was cut in two", len(frames))
	}
}

func TestFramesOfAPacketAreNotInterleaved(t *testing.T) {
	const writers, each = 4, 200
	o := NewOutbox(writers*each*6, func() { t.Error("overflowed") })
	var appending sync.WaitGroup
	for range writers {
		appending.Go(func() {
			for range each {
				o.append(sized(3), sized(2), sized(1))
			}
		})
	}
	appending.Wait()
	for i, f := range o.take(nil) {
		if want := 3 - i%3; len(f.Data) != want {
			t.Fatalf("frame %d has %d bytes, want %d", i, len(f.Data), want)
		}
	}
}

func TestShutOutboxGivesWhatItHas(t *testing.T) {
	o := NewOutbox(10, func() { t.Error("overflowed") })
	o.append(sized(1))
	o.shutDown()
	if o.append(sized(100)) {
		t.Error("a shut outbox asks for a flush")
	}
	if frames := o.take(nil); len(frames) != 1 {
		t.Errorf("%d frames", len(frames))
	}
}

// A socket's actor is woken exactly once each time that its outbox fills.
func TestWakeOncePerFilling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := NewOutbox(1000, func() { t.Fatal("overflowed") })
		waiting := 0
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "take") == 0 {
				if got := len(o.take(make([]*Frame, 0, 4))); got != waiting {
					t.Fatalf("took %d frames of %d", got, waiting)
				}
				waiting = 0
				continue
			}
			if wake := o.append(sized(1)); wake != (waiting == 0) {
				t.Fatalf("wake %v with %d frames waiting", wake, waiting)
			}
			waiting++
		}
	})
}

func TestEveryFrameIsTakenWhoeverAppends(t *testing.T) {
	const writers, each = 8, 500
	o := NewOutbox(writers*each, func() { t.Error("overflowed") })
	var wakes atomic.Int64
	wake := make(chan struct{}, writers*each)
	var appending sync.WaitGroup
	for range writers {
		appending.Go(func() {
			for range each {
				if o.append(sized(1)) {
					wakes.Add(1)
					wake <- struct{}{}
				}
			}
		})
	}
	taken, takes := 0, int64(0)
	for taken < writers*each {
		<-wake
		takes++
		frames := o.take(nil)
		if len(frames) == 0 {
			t.Fatal("woken for nothing")
		}
		taken += len(frames)
	}
	appending.Wait()
	if wakes.Load() != takes {
		t.Errorf("%d wakes, %d takes", wakes.Load(), takes)
	}
}

func TestFramesOfOnePacketGoInAllOrNone(t *testing.T) {
	overflows := 0
	o := NewOutbox(10, func() { overflows++ })
	if !o.append(sized(4), sized(0), sized(3)) || overflows != 0 {
		t.Fatalf("%d overflows", overflows)
	}
	if o.append(sized(1), sized(3)) || overflows != 1 {
		t.Errorf("%d overflows, want 1", overflows)
	}
	if frames := o.take(nil); len(frames) != 3 {
		t.Errorf("took %d frames", len(frames))
	}
}

func TestAnOutboxSaysHowMuchWaits(t *testing.T) {
	o := NewOutbox(10, func() {})
	o.append(sized(3), sized(4))
	if got := o.waiting(); got != 7 {
		t.Errorf("%d bytes wait", got)
	}
	o.takeSome(3)
	if got := o.waiting(); got != 4 {
		t.Errorf("%d bytes are left", got)
	}
	o.take(nil)
	if got := o.waiting(); got != 0 {
		t.Errorf("%d bytes wait in an empty one", got)
	}
}
