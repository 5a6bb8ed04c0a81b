package actors

import (
	"context"
	"encoding/json"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/pubsub"
)

// Update changes a user and tells every room concerned. See [identity.Store.Update] for
// its errors.
func (n *Node) Update(ctx context.Context, id string, edit identity.Edit, when identity.Condition) (identity.User, error) {
	span := trace.From(ctx).Child("store", "", "update")
	user, change, err := n.config.Users.Update(ctx, id, edit, when)
	span.Fail(err)
	span.End()
	if err == nil && change.Seq > 0 {
		n.tellNodes(context.WithoutCancel(ctx), change)
	}
	return user, err
}

// Vouch takes in what a token says of its user, and tells every room concerned if that is
// news. See [identity.Store.Vouch] for its errors.
func (n *Node) Vouch(ctx context.Context, id string, name *string, profile json.RawMessage, issued time.Time) (identity.User, error) {
	span := trace.From(ctx).Child("store", "", "vouch")
	user, change, err := n.config.Users.Vouch(ctx, id, name, profile, issued)
	span.Fail(err)
	span.End()
	if err == nil && change.Seq > 0 {
		n.tellNodes(context.WithoutCancel(ctx), change)
	}
	return user, err
}

// tellNodes tells the nodes of a change that is committed: through Redis, and straight
// if Redis is in doubt, which nobody then waits for, or does not take it, and to those
// whom Redis does not bring it. It may come twice. What does not arrive either way they
// read from the log.
func (n *Node) tellNodes(ctx context.Context, change identity.Change) {
	span := trace.From(ctx).Child("redis", "", "publish")
	defer span.End()
	msg := &protos.UserChanged{IdUser: change.User, Version: change.Version, Removed: change.Removed, Revoked: change.Revoked}
	change.Trace, change.Store = span.Passport(), n.config.Users.ID()
	defer n.relays.news()
	switch {
	case n.config.Bus == nil:
		n.toAll(msg, span)
	case n.subscription.Hears():
		if n.taken(ctx, change, change.User, span) {
			n.toStrays(msg, span)
		} else {
			n.toAll(msg, span)
		}
	default:
		n.toAll(msg, span)
		n.running.Go(func() { n.taken(ctx, change, change.User, nil) })
	}
}

// taken reports whether Redis takes a message that concerns a user.
func (n *Node) taken(ctx context.Context, m pubsub.Message, user string, span *trace.Span) bool {
	err := n.config.Bus.Publish(ctx, m)
	if err != nil {
		span.Fail(err)
		span.Logger(n.log).Debug("Redis did not take an event; it goes from node to node", "id_user", user, "err", err)
	}
	return err == nil
}

// toAll sends a message to the node actor of every live member, this one too. It
// goes on with the trace of the span, which may be nil.
func (n *Node) toAll(msg proto.Message, span *trace.Span) {
	for _, m := range n.membership.View().Members {
		n.system.Root.Send(m.FrontDoor(), span.Carry(msg, nil))
	}
}

// toOthers is toAll without this node.
func (n *Node) toOthers(msg proto.Message, span *trace.Span) {
	for _, m := range n.membership.View().Others() {
		n.system.Root.Send(m.FrontDoor(), span.Carry(msg, nil))
	}
}

// toStrays is toOthers for those members only that do not hear this node over Redis.
func (n *Node) toStrays(msg proto.Message, span *trace.Span) {
	for _, m := range n.membership.View().Members {
		if n.relays.isStray(m.System) {
			n.system.Root.Send(m.FrontDoor(), span.Carry(msg, nil))
		}
	}
}
