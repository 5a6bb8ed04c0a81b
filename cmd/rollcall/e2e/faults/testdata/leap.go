package time

import (
	"sync/atomic"
	"syscall"
)

// The fault suite adds this file to the standard library's package time, and has
// Now add leap to the seconds of the wall clock. Monotonic time goes on as it does.

// leap is by how many seconds the wall clock is wrong. Now is called on the stacks of
// the system too, when a timer fires: it can load a number there, and no more.
var leap atomic.Int64

func init() {
	if file, ok := syscall.Getenv("ROLLCALL_TEST_CLOCK"); ok {
		go follow(file)
	}
}

// follow keeps leap at the number that a file holds.
func follow(file string) {
	for {
		if text, err := readFile(file); err == nil {
			if seconds, err := atoi(text); err == nil {
				leap.Store(int64(seconds))
			}
		}
		Sleep(20 * Millisecond)
	}
}
