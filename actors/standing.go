package actors

import (
	"context"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

// Verify returns what a token vouches for, if the store has nothing against its user. The
// errors are those of [access.Verifier]. It is for who is no socket: those go on to hear of
// removals and revocations.
func (n *Node) Verify(ctx context.Context, token string) (access.Grant, error) {
	grant, err := n.vouchedFor(ctx, token)
	if err != nil {
		return access.Grant{}, err
	}
	_, err = n.stands(ctx, grant)
	switch {
	case problem.CodeOf(err) == problem.NotFound:
		return access.Grant{}, problem.New(problem.Unauthorized, "%s", problem.MessageOf(err)).Named(problem.BadToken)
	case err != nil:
		return access.Grant{}, err
	}
	return grant, nil
}

var _ access.Verifier = (*Node)(nil)

// vouchedFor returns what a token vouches for, whatever became of that since.
func (n *Node) vouchedFor(ctx context.Context, token string) (access.Grant, error) {
	grant, err := n.config.Access.Verify(ctx, token)
	if err != nil {
		return access.Grant{}, err
	}
	if _, err := identity.ParseID(grant.User); err != nil {
		return access.Grant{}, problem.New(problem.Unauthorized, "The token is not good: its user can be nobody's: %s", problem.MessageOf(err)).Named(problem.BadToken)
	}
	return grant, nil
}

// stands returns at which version the user of a token was seen, 0 for one who needs no row.
// It fails for one who needs a row and has none, and for a token that is revoked. What the
// store has no answer to now is judged by what is remembered.
func (n *Node) stands(ctx context.Context, grant access.Grant) (version int64, err error) {
	standing, err := n.config.Users.Standing(ctx, grant.User)
	if err != nil {
		remembered, ok := n.config.Users.Remembered(grant.User)
		if !ok {
			return 0, err
		}
		standing = remembered
	}
	switch {
	case standing.Refuses(grant.Issued) && tooEarly(grant.Issued, standing.NotBefore, time.Now()):
		return 0, problem.New(problem.Unavailable, "Tokens of this user were revoked in the second in which this one was issued: try again with a new one")
	case standing.Refuses(grant.Issued):
		return 0, tokenRevoked()
	case standing.Version == 0 && !n.config.AnyUser:
		return 0, problem.New(problem.NotFound, "There is no user %.60q: add the user first, or start Rollcall with --users any", grant.User).Named(problem.UnknownUser)
	}
	return standing.Version, nil
}

// tooEarly reports whether a token was issued in the second in which others were revoked, just
// now: nobody can tell whether that was before, or after. Its client is to come again with
// another, and not to take it for final.
func tooEarly(issued, notBefore, now time.Time) bool {
	const (
		precision = time.Second     // of tokens
		underway  = 5 * time.Second // as long as one may be, from its issuer to here
	)
	return now.Before(notBefore.Add(underway)) && !issued.Before(notBefore.Add(-precision))
}

// takesIn is stands for a socket: what its token says of its user is stored, where that is
// asked for. While the store is away that waits for another time.
func (n *Node) takesIn(ctx context.Context, grant access.Grant) (version int64, err error) {
	version, err = n.stands(ctx, grant)
	if err != nil || !n.config.AnyUser || grant.Name == nil && grant.Profile == nil {
		return version, err
	}
	user, err := n.Vouch(ctx, grant.User, grant.Name, grant.Profile, grant.Issued)
	if problem.CodeOf(err) == problem.Unavailable {
		return version, nil
	}
	return user.Version, err
}

// versionOf asks the store at which version a user is who has shown no token. It fails if
// there is none.
func (n *Node) versionOf(ctx context.Context, user string) (int64, error) {
	version, err := n.config.Users.Exists(ctx, user)
	if err == nil && version == 0 {
		err = unknownUser(user)
	}
	return version, err
}

func unknownUser(user string) error {
	return problem.New(problem.NotFound, "There is no user %.60q: connect with an id_user that GET /users lists", user).Named(problem.UnknownUser)
}
