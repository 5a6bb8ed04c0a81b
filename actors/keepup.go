package actors

import (
	"context"
	"time"

	"github.com/rollcall/rollcall/actors/room"
)

const (
	// lookAgainEvery is the pause before the store is asked again which users have changed.
	lookAgainEvery = time.Second

	// clocksDiffer is by how much the clocks of those may differ who change users.
	clocksDiffer = time.Hour

	// usersPatience is how long the identity actor may take to say which users are here.
	usersPatience = 250 * time.Millisecond
)

// keepUp sees to it, each time that changes were deleted from the log before this node
// has read them, that its sockets and rosters know of them all the same: it asks the
// store for the users that are here.
func (n *Node) keepUp(ctx context.Context) {
	retry := time.NewTicker(lookAgainEvery)
	defer retry.Stop()
	for {
		var since time.Time
		select {
		case since = <-n.missed:
		case <-ctx.Done():
			return
		}
		for !n.lookAgain(ctx, since.Add(-clocksDiffer)) {
			select {
			case <-retry.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// lookAgain closes the sockets that [Node.readmit] does, and has the rosters told which
// users have changed since. Who is told again of what they know takes no harm. It
// reports false if that has to be done again.
func (n *Node) lookAgain(ctx context.Context, since time.Time) bool {
	n.config.Users.Anew()
	if !n.readmit(ctx) {
		return false
	}
	answer, err := n.system.Root.RequestFuture(n.identity, askUsers{}, usersPatience).Result()
	users, ok := answer.([]string)
	if err != nil || !ok {
		return false
	}
	changed, err := n.config.Users.Behind(ctx, users, since)
	if err != nil {
		n.log.Warn("cannot ask which users have changed; trying again", "err", err)
		return false
	}
	for _, user := range changed {
		n.system.Root.Send(n.identity, room.UserChanged{User: user.ID, Version: user.Version})
	}
	return true
}
