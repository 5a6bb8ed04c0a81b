package main

import (
	"testing"
	"time"
)

func TestDurationsAreWrittenAsPeopleDo(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "100ms": 100 * time.Millisecond, "10s": 10 * time.Second, "10m": 10 * time.Minute, "1m30s": 90 * time.Second,
		"1h": time.Hour, "1h10m": 70 * time.Minute, "1h0m5s": time.Hour + 5*time.Second, "8760h": 8760 * time.Hour, "-1h": -time.Hour,
	} {
		if got := brief(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
		if back, err := time.ParseDuration(brief(d)); back != d {
			t.Errorf("%v is read as %v, %v", d, back, err)
		}
	}
}
