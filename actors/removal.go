package actors

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/trace"
)

// Add makes a new user. See [identity.Store.Add] for its errors. Nobody need be told:
// nodes ask the store for whom they do not know.
func (n *Node) Add(ctx context.Context, id, name string, profile json.RawMessage) (identity.User, error) {
	span := trace.From(ctx).Child("store", "", "add")
	user, err := n.config.Users.Add(ctx, id, name, profile)
	span.Fail(err)
	span.End()
	return user, err
}

// Remove deletes a user, and has every node close the user's sockets. See
// [identity.Store.Remove] for its errors.
func (n *Node) Remove(ctx context.Context, id string, when identity.Condition) error {
	span := trace.From(ctx).Child("store", "", "remove")
	change, err := n.config.Users.Remove(ctx, id, when)
	span.Fail(err)
	span.End()
	if err != nil {
		return err
	}
	n.tellNodes(context.WithoutCancel(ctx), change)
	return nil
}

// heard takes note of a change, by whatever way it came, and however often. It reports
// whether the rosters are to hear of it: not of a removal, or of revoked tokens, of which
// rooms learn as the sockets leave.
func (n *Node) heard(c identity.Change) bool {
	n.config.Users.Heard(c)
	switch {
	case c.Removed:
		n.dismiss(c.User, c.Version)
	case c.Revoked > 0:
		n.dismissTokens(c.User, time.Unix(c.Revoked, 0))
	default:
		return true
	}
	return false
}

// dismiss closes the sockets of a user who was removed at a version. Their clients come
// back by themselves, and are told that there is no such user.
func (n *Node) dismiss(user string, version int64) {
	revoked := n.admissions.revoke(user, version)
	if len(revoked) > 0 {
		n.log.Info("a user was removed", "id_user", user, "sockets", len(revoked))
	}
	for _, r := range revoked {
		r.socket.Do(func() {
			if n.admissions.holds(r, user, version) { // it has not connected anew
				closing(r.socket, session.UserRemoved, unknownUser(user))
			}
		})
	}
}

// readmitEvery is how long to wait before the store is asked: it may not have all its
// users yet.
const readmitEvery = time.Second

// keepAdmissions looks whether the users of the sockets here exist, each time that the
// store has begun anew.
func (n *Node) keepAdmissions(ctx context.Context) {
	retry := time.NewTicker(readmitEvery)
	defer retry.Stop()
	for {
		select {
		case <-n.emptied:
		case <-ctx.Done():
			return
		}
		retry.Reset(readmitEvery)
		for done := false; !done; {
			select {
			case <-retry.C:
				done = n.readmit(ctx)
			case <-ctx.Done():
				return
			}
		}
	}
}

// readmit closes the sockets of users who are no more, and those whose tokens are revoked,
// and notes at which version the others are. It reports false if that has to be done again.
func (n *Node) readmit(ctx context.Context) bool {
	ids, revokes := n.admissions.users()
	found, err := n.config.Users.Users(ctx, ids)
	if err != nil {
		n.log.Warn("cannot ask who is left of the users; trying again", "err", err)
		return false
	}
	versions := make(map[string]int64, len(found))
	for _, user := range found {
		versions[user.ID] = user.Version
		if !n.admissions.renew(user.ID, user.Version, revokes) {
			return false
		}
	}
	for _, id := range ids {
		if versions[id] == 0 {
			n.dismiss(id, math.MaxInt64)
		}
	}
	return n.readmitTokens(ctx)
}
