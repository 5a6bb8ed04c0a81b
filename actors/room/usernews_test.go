package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hall plays a room of which some sockets hear of one user, whose own is "me".
type hall struct {
	news  userNews
	now   time.Time
	heard map[string][]string // by socket
}

func newHall() *hall {
	return &hall{now: time.Unix(1000, 0), heard: map[string][]string{"me": nil, "other": nil}}
}

func (h *hall) tell(what string, except string) {
	for socket := range h.heard {
		if socket != except {
			h.heard[socket] = append(h.heard[socket], what)
		}
	}
}

func (h *hall) tellVersion(version int64) {
	if version > 0 {
		h.tell(fmt.Sprint("change ", version), "")
	}
}

func (h *hall) change(version int64) {
	flush, _, to := h.news.change(version, h.now)
	h.tellVersion(flush)
	if to != "" {
		h.heard[to] = append(h.heard[to], fmt.Sprint("change ", version))
	}
}

// due lets all time pass that a change is held back.
func (h *hall) due() { h.tellVersion(h.news.due(h.news.held)) }

func (h *hall) relay(version int64, sender string, bare bool) {
	pass, plain := h.news.relay(version, sender, bare, h.now)
	if plain > 0 {
		h.heard[sender] = append(h.heard[sender], fmt.Sprint("change ", plain))
	}
	if pass {
		what := fmt.Sprint("bare ", version)
		if !bare {
			what = fmt.Sprint("full ", version)
		}
		h.tell(what, sender)
	}
}

func TestARenameIsHeardOfOnce(t *testing.T) {
	type steps = func(h *hall)
	tests := []struct {
		name      string
		do        steps
		me, other []string
	}{
		{"a change alone", func(h *hall) { h.change(2); h.change(2); h.due(); h.change(2); h.change(1) },
			[]string{"change 2"}, []string{"change 2"}},
		{"several changes, each", func(h *hall) { h.change(2); h.change(3); h.change(5); h.due() },
			[]string{"change 2", "change 3", "change 5"}, []string{"change 2", "change 3", "change 5"}},

		{"the change, then the relay", func(h *hall) { h.change(2); h.relay(2, "me", true); h.due() },
			[]string{"change 2"}, []string{"bare 2"}},
		{"with fields", func(h *hall) { h.change(2); h.relay(2, "me", false); h.due() },
			[]string{"change 2"}, []string{"full 2"}},
		{"the relay after the change was told", func(h *hall) { h.change(2); h.due(); h.relay(2, "me", true) },
			[]string{"change 2"}, []string{"change 2"}},
		{"with fields, which are news", func(h *hall) { h.change(2); h.due(); h.relay(2, "me", false) },
			[]string{"change 2"}, []string{"change 2", "full 2"}},
		{"the relay, then the change", func(h *hall) { h.relay(2, "me", true); h.change(2); h.due(); h.change(2) },
			[]string{"change 2"}, []string{"bare 2"}},
		{"with fields", func(h *hall) { h.relay(2, "me", false); h.change(2); h.due() },
			[]string{"change 2"}, []string{"full 2"}},
		{"the relay twice around the change", func(h *hall) { h.relay(2, "me", true); h.change(2); h.relay(2, "me", true) },
			[]string{"change 2"}, []string{"bare 2"}},

		{"the relay of a later version, whose change comes then", func(h *hall) { h.change(2); h.relay(3, "me", false); h.change(3); h.due() },
			[]string{"change 2", "change 3"}, []string{"full 3"}},
		{"the relay of an earlier version is no news", func(h *hall) { h.change(3); h.relay(2, "me", true); h.due() },
			[]string{"change 3"}, []string{"change 3"}},
		{"but for its fields", func(h *hall) { h.change(3); h.relay(2, "me", false); h.due() },
			[]string{"change 3"}, []string{"full 2", "change 3"}},

		{"another socket of the user tells it too", func(h *hall) { h.relay(2, "me", false); h.relay(2, "other", false); h.change(2); h.due() },
			[]string{"full 2"}, []string{"full 2"}},
		{"a relay without any change, each time", func(h *hall) { h.relay(1, "me", true); h.relay(1, "me", true) },
			nil, []string{"bare 1", "bare 1"}},
		{"with fields, each time", func(h *hall) { h.relay(1, "me", false); h.relay(1, "me", true); h.relay(1, "me", false) },
			nil, []string{"full 1", "bare 1", "full 1"}},
		{"long after the change", func(h *hall) {
			h.change(2)
			h.due()
			h.now = h.now.Add(echoFor)
			h.relay(2, "me", true)
		}, []string{"change 2"}, []string{"change 2", "bare 2"}},
		{"and before that", func(h *hall) {
			h.change(2)
			h.due()
			h.now = h.now.Add(echoFor - 1)
			h.relay(2, "me", true)
		}, []string{"change 2"}, []string{"change 2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHall()
			test.do(h)
			if !slices.Equal(h.heard["me"], test.me) || !slices.Equal(h.heard["other"], test.other) {
				t.Errorf("the sender heard %q, want %q; the others %q, want %q", h.heard["me"], test.me, h.heard["other"], test.other)
			}
		})
	}
}

// In whatever order changes and relays come: no socket hears of a version twice by
// changes and bare relays in place of them, all know the last one, and what has fields
// reaches everybody but its sender.
func TestNobodyMissesAVersionOrHearsItTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHall()
		full := map[string]int{}
		last := int64(1)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			version := rapid.Int64Range(2, 6).Draw(t, "version")
			switch rapid.SampledFrom([]string{"change", "due", "relay", "bare"}).Draw(t, "step") {
			case "change":
				h.change(version)
				last = max(last, version)
			case "due":
				h.due()
			case "relay":
				sender := rapid.SampledFrom([]string{"me", "other"}).Draw(t, "sender")
				h.relay(version, sender, false)
				last = max(last, version)
				for socket := range h.heard {
					if socket != sender {
						full[socket]++
					}
				}
			case "bare":
				h.relay(version, "me", true)
				last = max(last, version)
			}
		}
		h.change(last) // the log has it, as somebody knew of it
		h.due()
		for socket, heard := range h.heard {
			changes, fields, latest := map[string]int{}, 0, int64(1)
			for _, what := range heard {
				var kind string
				var version int64
				if _, err := fmt.Sscan(what, &kind, &version); err != nil {
					t.Fatal(err)
				}
				latest = max(latest, version)
				switch kind {
				case "change":
					if changes[what]++; changes[what] > 1 {
						t.Fatalf("%s heard %q twice: %q", socket, what, heard)
					}
				case "full":
					fields++
				}
			}
			if fields != full[socket] || latest < last {
				t.Fatalf("%s heard %q: %d with fields, want %d; latest %d, want %d", socket, heard, fields, full[socket], latest, last)
			}
		}
	})
}
