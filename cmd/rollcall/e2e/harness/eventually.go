//go:build unix

package harness

import (
	"testing"
	"time"
)

// Patience bounds the waits for which the product promises no time. It is
// generous, for machines that are slow and busy; nothing ever waits longer than
// it must.
const Patience = 30 * time.Second

// Eventually asks again and again until holds returns nil, and fails the test
// with its last error if that takes longer than within.
func Eventually(t testing.TB, within time.Duration, holds func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		asked := time.Now()
		err := holds()
		if err == nil {
			return
		}
		if asked.After(deadline) {
			t.Fatalf("not so within %v: %v", within, err)
		}
		<-again.C
	}
}
