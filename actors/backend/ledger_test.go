package backend

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos"
)

// Whatever comes, each emit is carried out once within the time for which its key is
// remembered, and what is told of it later is what came of it.
func TestTheLedgerHasEachEmitDoneOnce(t *testing.T) {
	type done struct {
		digest  string
		at      time.Time
		settled *protos.Emitted
	}
	rapid.Check(t, func(t *rapid.T) {
		ledger, now := NewLedger(), time.Unix(0, 0)
		model := make(map[string]*done)
		key, digest := rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]string{"x", "y"})
		t.Repeat(map[string]func(*rapid.T){
			"time passes": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(Remembered)).Draw(t, "time")))
			},
			"emit": func(t *rapid.T) {
				key, digest := key.Draw(t, "key"), digest.Draw(t, "digest")
				answer := ledger.Begin(key, []byte(digest), now)
				before := model[key]
				if before != nil && now.Sub(before.at) >= Remembered {
					before = nil
				}
				switch {
				case before == nil:
					if answer != nil {
						t.Fatalf("a new one is answered by %v", answer)
					}
					model[key] = &done{digest: digest, at: now}
				case before.digest != digest:
					if answer.GetVerdict() != protos.Emitted_MISMATCH {
						t.Fatalf("another emit is answered by %v", answer)
					}
				case before.settled == nil:
					if answer.GetVerdict() != protos.Emitted_UNDERWAY {
						t.Fatalf("one underway is answered by %v", answer)
					}
				default:
					if answer != before.settled {
						t.Fatalf("one done by %v is answered by %v", before.settled, answer)
					}
				}
			},
			"settle": func(t *rapid.T) {
				key := key.Draw(t, "key")
				if d := model[key]; d != nil && d.settled == nil && now.Sub(d.at) < Remembered {
					d.settled = &protos.Emitted{Sockets: rapid.Int64().Draw(t, "sockets")}
					ledger.Settle(key, []byte(d.digest), d.settled)
				}
			},
			"": func(t *rapid.T) {
				size := 0
				for _, e := range ledger.entries {
					size += e.size()
				}
				if size != ledger.bytes || len(ledger.order) != len(ledger.entries) {
					t.Fatalf("%d bytes are counted, not %d; %d in order of %d", ledger.bytes, size, len(ledger.order), len(ledger.entries))
				}
			},
		})
	})
}

// A full ledger refuses new keys, answers old ones, and forgets none before its time.
func TestAFullLedgerForgetsNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		digest []byte
		fits   int
	}{
		{"keys", make([]byte, 32), MostKeys},
		{"bytes", make([]byte, 1<<20), MostKeyBytes>>20 - 1}, // each takes a little more than a MiB
	} {
		t.Run(test.name, func(t *testing.T) {
			ledger, now := NewLedger(), time.Unix(0, 0)
			taken := 0
			for ledger.Begin(fmt.Sprint(taken), test.digest, now) == nil {
				taken++
			}
			if taken != test.fits {
				t.Fatalf("%d fit, want %d", taken, test.fits)
			}
			ledger.Settle("0", test.digest, &protos.Emitted{Sockets: 7})
			last := now.Add(Remembered - 1)
			if got := ledger.Begin("new", test.digest, last); got.GetVerdict() != protos.Emitted_FULL {
				t.Errorf("one too many is answered by %v", got)
			}
			if got := ledger.Begin("0", test.digest, last); got.GetSockets() != 7 {
				t.Errorf("the first is answered by %v", got)
			}
			if got := ledger.Begin("new", test.digest, now.Add(Remembered)); got != nil {
				t.Errorf("when all are old, a new one is answered by %v", got)
			}
			if len(ledger.entries) != 1 {
				t.Errorf("%d are remembered", len(ledger.entries))
			}
		})
	}
}
