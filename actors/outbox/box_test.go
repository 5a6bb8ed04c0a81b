package outbox

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

func sized(n int) *Frame { return &Frame{Data: make([]byte, n)} }

// said returns a message of that size, overhead included.
func said(sender string, cost int) *Frame {
	return &Frame{Data: make([]byte, cost-overhead), Class: Message, Sender: sender}
}

func gapFrame(room string, count int) *Frame {
	return &Frame{Data: fmt.Appendf(nil, "%s %d", room, count)}
}

// all is a size that holds everything.
const all = 1 << 30

func newBox(t testing.TB, limit int) (b *Box, overflows *int) {
	overflows = new(int)
	b = New(limit, NewMemory(0), gapFrame, func() { *overflows++ })
	t.Cleanup(func() {
		b.Discard()
		if used := b.memory.Used(); used != 0 {
			t.Errorf("%d bytes are held by nobody", used)
		}
	})
	return b, overflows
}

// takes takes everything, and returns the sizes of its data.
func takes(b *Box, size int) (sizes []int) {
	frames, _ := b.Take(size, nil)
	for _, f := range frames {
		sizes = append(sizes, len(f.Data))
	}
	b.Release(frames)
	return sizes
}

func TestPresenceIsBoundedInBytes(t *testing.T) {
	b, overflows := newBox(t, 10+3*overhead)
	for _, size := range []int{0, 4, 6} {
		b.Push(sized(size))
	}
	if *overflows != 0 {
		t.Fatal("overflowed at its limit")
	}
	if got := takes(b, all); len(got) != 3 {
		t.Fatalf("took %v", got)
	}
	b.Push(sized(10 + 2*overhead)) // taking has made room
	for range 3 {
		if in, wake := b.Push(sized(1)); in || wake {
			t.Error("a shut box takes a frame, or asks for a flush")
		}
	}
	if *overflows != 1 {
		t.Errorf("overflowed was called %d times", *overflows)
	}
	if got := takes(b, all); len(got) != 1 {
		t.Errorf("%v was left to be written", got)
	}
	if b.Push(sized(0)); len(takes(b, all)) != 0 {
		t.Error("a frame went into a shut box")
	}
}

// What weighs nothing is not free: a million empty frames are no small thing.
func TestEmptyFramesCount(t *testing.T) {
	for _, class := range []Class{Presence, Message} {
		b, overflows := newBox(t, 10*overhead)
		for range 100 {
			if f := (&Frame{Class: class}); class == Presence {
				b.Push(f)
			} else {
				b.PushMessage("Maths", f)
			}
		}
		if got := takes(b, all); len(got) > 11 || class == Presence && *overflows != 1 {
			t.Errorf("%d frames wait, %d overflows", len(got), *overflows)
		}
	}
}

// The frames of a packet with attachments count against the limit together.
func TestAPacketGoesInWholeOrNotAtAll(t *testing.T) {
	b, overflows := newBox(t, 10+4*overhead)
	b.Push(sized(1))
	b.Push(sized(2), sized(3), sized(4))
	if got := takes(b, all); *overflows != 0 || len(got) != 4 {
		t.Fatalf("%v at the limit, %d overflows", got, *overflows)
	}
	b.Push(sized(1))
	if in, _ := b.Push(sized(2), sized(3), sized(5)); in || *overflows != 1 {
		t.Errorf("%d overflows", *overflows)
	}
	if got := takes(b, all); len(got) != 1 {
		t.Errorf("%v: the packet was cut in two", got)
	}
}

func TestFramesOfAPacketAreNotInterleaved(t *testing.T) {
	const writers, each = 4, 200
	b, overflows := newBox(t, writers*each*(6+3*overhead))
	var pushing sync.WaitGroup
	for range writers {
		pushing.Go(func() {
			for range each {
				b.Push(sized(3), sized(2), sized(1))
			}
		})
	}
	pushing.Wait()
	for i, size := range takes(b, all) {
		if want := 3 - i%3; size != want {
			t.Fatalf("frame %d has %d bytes, want %d", i, size, want)
		}
	}
	if *overflows > 0 {
		t.Error("overflowed")
	}
}

func TestShutBoxGivesWhatItHas(t *testing.T) {
	b, overflows := newBox(t, 1000)
	b.Push(sized(1))
	b.Shut()
	if _, wake := b.Push(sized(100)); wake || !b.IsShut() {
		t.Error("a shut box asks for a flush")
	}
	if got := takes(b, all); len(got) != 1 || *overflows > 0 {
		t.Errorf("took %v", got)
	}
}

func TestNothingGoesInBehindTheLast(t *testing.T) {
	b, overflows := newBox(t, 1000)
	b.Push(sized(1))
	if in, wake := b.PushLast(sized(2), sized(3)); !in || wake {
		t.Errorf("the last: in %v, wake %v", in, wake)
	}
	if in, _ := b.Push(sized(4)); in {
		t.Error("something goes in behind it")
	}
	if in, _ := b.PushMessage("Maths", said("a", 200)); in {
		t.Error("a message goes in behind it")
	}
	if got := takes(b, all); !slices.Equal(got, []int{1, 2, 3}) || *overflows != 0 {
		t.Errorf("it gives %v, after %d overflows", got, *overflows)
	}
}

func TestEveryFrameIsTakenWhoeverPushes(t *testing.T) {
	const writers, each = 8, 500
	b, overflows := newBox(t, writers*each*(1+overhead))
	var wakes atomic.Int64
	wake := make(chan struct{}, writers*each)
	var pushing sync.WaitGroup
	for range writers {
		pushing.Go(func() {
			for range each {
				if _, w := b.Push(sized(1)); w {
					wakes.Add(1)
					wake <- struct{}{}
				}
			}
		})
	}
	taken, flushes := 0, int64(0)
	for taken < writers*each {
		<-wake
		flushes++
		sizes := takes(b, all)
		if len(sizes) == 0 {
			t.Fatal("woken for nothing")
		}
		taken += len(sizes)
	}
	pushing.Wait()
	if wakes.Load() != flushes || *overflows > 0 {
		t.Errorf("%d wakes, %d flushes, %d overflows", wakes.Load(), flushes, *overflows)
	}
}

func TestABoxSaysHowMuchWaits(t *testing.T) {
	b, _ := newBox(t, 1000)
	b.Push(sized(3))
	b.Push(sized(4))
	if got := b.Waiting(); got != 7 {
		t.Errorf("%d bytes wait", got)
	}
	takes(b, 3)
	if got := b.Waiting(); got != 4 {
		t.Errorf("%d bytes are left", got)
	}
	takes(b, all)
	if got := b.Waiting(); got != 0 {
		t.Errorf("%d bytes wait in an empty one", got)
	}
}

// Who has room for little takes nothing that is larger, and is not woken for what comes
// behind it: it will come again.
func TestALargeFrameWaitsForItsRoom(t *testing.T) {
	b, _ := newBox(t, 10_000)
	b.Push(sized(500))
	b.Push(sized(1))
	if frames, rest := b.TakeWithin(499, nil); len(frames) > 0 || !rest || b.Waiting() != 501 {
		t.Errorf("took %d frames", len(frames))
	}
	if _, wake := b.Push(sized(2)); wake {
		t.Error("woken")
	}
	if got := b.Next(10); got != 500 {
		t.Errorf("%d bytes are next", got)
	}
	if got, want := fmt.Sprint(takes(b, 10), b.Next(2), takes(b, 2), b.Next(100), takes(b, 100), b.Next(100)), "[500] 1 [1] 2 [2] 0"; got != want {
		t.Errorf("took %s, want %s", got, want)
	}
}

// Eight large messages to who reads slowly: it loses some of them, is told how many
// before the next, and keeps its connection and its place in the room.
func TestMessagesBeyondTheirLimitAreLeftOutAndTold(t *testing.T) {
	const mib = 1 << 20
	b, overflows := newBox(t, mib)
	in := 0
	for range 8 {
		if ok, _ := b.PushMessage("Maths", said("loud", 500_000)); ok {
			in++
		}
	}
	if ok, _ := b.Push(sized(1000)); !ok || in == 0 || *overflows != 0 {
		t.Fatalf("%d messages went in, presence %v, %d overflows", in, ok, *overflows)
	}
	frames, rest := b.Take(all, nil)
	if rest || len(frames) != in+2 {
		t.Fatalf("took %d frames", len(frames))
	}
	if got, want := string(frames[in+1].Data), fmt.Sprintf("Maths %d", 8-in); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	b.Release(frames)
	if got := b.memory.Dropped(); got != uint64(8-in) {
		t.Errorf("counted %d", got)
	}
	b.PushMessage("Maths", said("loud", 500_000))
	if got := takes(b, all); len(got) != 1 {
		t.Errorf("took %v", got)
	}
}

// Who is loud leaves room for others.
func TestNoSenderTakesTheRoomOfOthers(t *testing.T) {
	b, _ := newBox(t, 64<<10)
	held := func(sender string) (bytes int) {
		for range 1000 {
			if in, _ := b.PushMessage("Maths", said(sender, 1<<10)); in {
				bytes += 1 << 10
			}
		}
		return bytes
	}
	if got := held("loud"); got != 32<<10 {
		t.Errorf("one alone has %d", got)
	}
	if got := held("as loud"); got < 15<<10 || got > 16<<10 { // less what tells of the gap
		t.Errorf("the second has %d", got)
	}
	if in, _ := b.PushMessage("Maths", said("quiet", 7<<10)); !in {
		t.Error("no room for who said nothing before")
	}
}

func TestHeartbeatGoesBeforeMessages(t *testing.T) {
	b, _ := newBox(t, 64<<10)
	b.Push(sized(1))
	b.PushMessage("Maths", said("s", 200), said("s", 201))
	b.Push(sized(2))
	b.PushFirst(sized(3))
	b.PushFirst(sized(4))
	if got, want := fmt.Sprint(takes(b, all)), "[1 3 4 72 73 2]"; got != want {
		t.Errorf("took %s, want %s", got, want)
	}
	if wake := b.PushFirst(sized(5)); !wake {
		t.Error("an empty box asks for no flush")
	}
	if wake := b.PushFirst(sized(6)); wake || fmt.Sprint(takes(b, all)) != "[5 6]" {
		t.Error("woken twice")
	}
}

// The slowest lose first when memory is short, and presence loses nothing.
func TestMemoryOfAllBoxesIsBounded(t *testing.T) {
	const limit, boxes = 1 << 20, 100
	memory := NewMemory(limit)
	var slow []*Box
	for range boxes {
		slow = append(slow, New(64<<10, memory, gapFrame, func() { t.Error("overflowed") }))
	}
	for i := range 200 {
		for _, b := range slow {
			b.PushMessage("Maths", said(fmt.Sprint(i%8), 1<<10))
			if used := memory.Used(); used > limit {
				t.Fatalf("%d bytes are held", used)
			}
		}
	}
	if memory.Dropped() == 0 || memory.Used() < limit/2 {
		t.Errorf("%d bytes are held, and %d messages were left out", memory.Used(), memory.Dropped())
	}
	quick := New(64<<10, memory, gapFrame, func() {})
	if in, _ := quick.PushMessage("Maths", said("s", 200)); !in {
		t.Error("who reads in time is told nothing")
	}
	quick.Push(sized(10_000))
	if in, _ := quick.Push(sized(10_000)); !in {
		t.Error("presence was refused")
	}
	for _, b := range append(slow, quick) {
		b.Discard()
	}
	if used := memory.Used(); used != 0 {
		t.Errorf("%d bytes are held by nobody", used)
	}
}

// What a thousand boxes share is held once.
func TestSharedFramesAreHeldOnce(t *testing.T) {
	memory := NewMemory(1 << 20)
	f := said("s", 1<<10)
	f.Shared = true
	var boxes []*Box
	for range 1000 {
		b := New(1<<20, memory, gapFrame, func() {})
		if in, _ := b.PushMessage("Maths", f); !in {
			t.Fatal("left out")
		}
		boxes = append(boxes, b)
	}
	if used := memory.Used(); used != f.memory() {
		t.Errorf("%d bytes are held", used)
	}
	for _, b := range boxes {
		takes(b, all)
	}
	if used := memory.Used(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}

// A long queue of what weighs nothing is memory, too.
func TestLongQueuesCount(t *testing.T) {
	b, _ := newBox(t, 64<<20)
	f := sized(1)
	for range 10 * pageOf {
		b.Push(f)
	}
	if used := b.memory.Used(); used < 10*pageOf*8 {
		t.Errorf("%d bytes are held", used)
	}
	for takes(b, 100); b.Waiting() > 0; {
		takes(b, 100)
	}
	if used := b.memory.Used(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}

// A client that hops from room to room while it reads nothing is told of as many as
// it can be in, and of the rest together.
func TestGapsAreBounded(t *testing.T) {
	b, _ := newBox(t, 1<<20)
	for range 8 {
		b.PushMessage("Maths", said("s", 200_000))
	}
	for i := range 10 * mostGaps {
		if in, _ := b.PushMessage(fmt.Sprint(i), said("s", 600_000)); in {
			t.Fatal("there is room")
		}
	}
	if len(b.left) > mostGaps+1 {
		t.Errorf("%d rooms are kept", len(b.left))
	}
	count := 0
	for _, n := range b.left {
		count += n
	}
	if uint64(count) != b.memory.Dropped() {
		t.Errorf("%d of %d are to be told", count, b.memory.Dropped())
	}
}
