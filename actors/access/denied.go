package access

import "github.com/rollcall/rollcall/protos/problem"

// Denied returns nil if held has a right, and otherwise the error for who wants it in a
// room without: [problem.Forbidden], named [problem.NoRight].
func Denied(held, right Rights, room string) error {
	if held.Have(right) {
		return nil
	}
	return problem.New(problem.Forbidden, "Your token does not let you %s in the room %s: its claim rooms would have to say %q for it",
		deedOf(right), problem.Clip(room), right.String()).Named(problem.NoRight)
}

// Expired is the error for who shows a token that held once.
func Expired() error {
	return problem.New(problem.Unauthorized, "The token has expired: get a new one").Named(problem.TokenExpired)
}

func deedOf(right Rights) string {
	switch right {
	case Join:
		return "be"
	case Write:
		return "send"
	case List:
		return "see who is"
	default:
		return "disconnect others"
	}
}
