package doctor

import (
	"context"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

// redis publishes, and hears what it has published.
func (n Node) redis(ctx context.Context) []Finding {
	if n.RedisURL == "" {
		return []Finding{ok("there is none: changes of users go from node to node, and are looked for once a second")}
	}
	bus, err := identity.NewBus(n.RedisURL, n.Channel, n.RedisTrust)
	if err != nil {
		return []Finding{wrong("", "%s", problem.MessageOf(err))}
	}
	defer bus.Close()
	if err := bus.Seal(n.Keys); err != nil { // else nodes would log that somebody forges
		return []Finding{wrong("", "%v", err)}
	}
	asked := time.Now()
	clock, err := bus.Try(ctx)
	if err != nil {
		return []Finding{wrong("", "%v", err)}
	}
	found := []Finding{ok("it takes and delivers what is published on the channel %s", n.Channel)}
	if !clock.IsZero() {
		found = append(found, judgeClock(clock.Sub(asked), time.Second).of("clock of Redis"))
	}
	return found
}
