package actors

import (
	"context"
	"time"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
)

// Revoke has tokens of a user refused that were issued before a moment, and every node close
// the sockets that were let in by them. See [identity.Store.Revoke] for its errors.
func (n *Node) Revoke(ctx context.Context, id string, before time.Time) error {
	span := trace.From(ctx).Child("store", "", "revoke")
	change, err := n.config.Users.Revoke(ctx, id, before)
	span.Fail(err)
	span.End()
	if err != nil || change.Seq == 0 {
		return err
	}
	n.tellNodes(context.WithoutCancel(ctx), change)
	return nil
}

// dismissTokens closes the sockets of a user that were let in by tokens issued before a
// moment. Their clients come back by themselves, and need another token.
func (n *Node) dismissTokens(user string, before time.Time) {
	revoked := n.admissions.revokeTokens(user, before)
	if len(revoked) > 0 {
		n.log.Info("tokens of a user were revoked", "id_user", user, "issued_before", before.UTC(), "sockets", len(revoked))
	}
	for _, r := range revoked {
		r.socket.Do(func() {
			if n.admissions.holdsToken(r, user, before) { // it has shown no other one
				closing(r.socket, session.TokenRevoked, tokenRevoked())
			}
		})
	}
}

// readmitTokens closes the sockets whose tokens are revoked, as the store has it. It reports
// false if that has to be done again.
func (n *Node) readmitTokens(ctx context.Context) bool {
	ids := n.admissions.usersByToken()
	if len(ids) == 0 {
		return true // where nobody shows tokens, the store need not have them
	}
	found, err := n.config.Users.Standings(ctx, ids)
	if err != nil {
		n.log.Warn("cannot ask which tokens are revoked; trying again", "err", err)
		return false
	}
	for id, standing := range found {
		n.dismissTokens(id, standing.NotBefore)
	}
	return true
}

func tokenRevoked() error {
	return problem.New(problem.Unauthorized, "Tokens of this user that were issued so early are refused: get a new one").Named(problem.TokenRevoked)
}
