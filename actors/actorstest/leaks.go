package actorstest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Main runs the tests, and fails if a goroutine outlives them. It is for tests
// that run nodes, since it has more patience than goleak.VerifyTestMain:
// protoactor counts dead letters for a second each time, in a goroutine that ends
// by itself, and what has just stopped may cause some, by its timers of a second.
func Main(m *testing.M) {
	const ends = 5 * time.Second
	code := m.Run()
	leak := goleak.Find()
	for end := time.Now().Add(ends); leak != nil && time.Now().Before(end); {
		leak = goleak.Find() // which takes its time
	}
	if code == 0 && leak != nil {
		fmt.Fprintln(os.Stderr, leak)
		code = 1
	}
	os.Exit(code)
}
