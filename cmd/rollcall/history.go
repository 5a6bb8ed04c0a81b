package main

import (
	"fmt"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
)

// History says how much is remembered of the users' changes.
type History struct {
	ChangesKept     time.Duration `group:"storage" env:"ROLLCALL_CHANGES_KEPT" default:"24h" placeholder:"TIME" help:"How long the store keeps who was renamed when, from which nodes read what they have not heard; 10m to 8760h. A node that was cut off for longer looks at all users that are there. Removals are kept for ever. [${default}]"`
	ChangesKeptMost int           `group:"storage" env:"ROLLCALL_CHANGES_KEPT_MOST" default:"100000" placeholder:"N" help:"How many of these changes are kept at most, of about 100 bytes each; 1000 to 100000000. [${default}]"`
}

func (h *History) check() error {
	if h.ChangesKeptMost < 1000 || h.ChangesKeptMost > 100_000_000 {
		return fmt.Errorf("--changes-kept-most is %d; it must be 1000 to 100000000, as 100000", h.ChangesKeptMost)
	}
	return within("--changes-kept", h.ChangesKept, 10*time.Minute, 365*24*time.Hour)
}

func (h *History) changes() identity.Kept {
	return identity.Kept{Age: h.ChangesKept, Most: h.ChangesKeptMost}
}
