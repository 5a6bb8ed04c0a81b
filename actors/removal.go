package actors

import (
	"context"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/trace"
)

// Add makes a new user. See [identity.Store.Add] for its errors. Nobody need be told:
// nodes ask the store for whom they do not know.
func (n *Node) Add(ctx context.Context, id, name string) (identity.User, error) {
	span := trace.From(ctx).Child("store", "", "add")
	user, err := n.config.Users.Add(ctx, id, name)
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
	n.publish(context.WithoutCancel(ctx), change)
	return nil
}

// heard takes note of a change, by whatever way it came, and however often. It reports
// whether the rosters are to hear of it: not of a removal, of which rooms learn as the
// sockets leave.
func (n *Node) heard(c identity.Change) bool {
	n.config.Users.Heard(c)
	if c.Removed {
		n.dismiss(c.User, c.Version)
	}
	return !c.Removed
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
			if r.user == user && r.version < version { // it has not connected anew
				r.socket.close(session.UserRemoved)
			}
		})
	}
}
