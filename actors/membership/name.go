package membership

import "github.com/rollcall/rollcall/protos/problem"

// maxName is the longest name of a node, in bytes.
const maxName = 63

// CheckName says what is wrong with the name of a node. Names come from the command
// line and from other nodes, and go into headers, logs and metrics, so they have 1 to
// 63 letters, digits, dots, hyphens and underscores, of which the first is a letter or
// a digit. The error is [problem.Invalid].
func CheckName(name string) error {
	ok := name != "" && len(name) <= maxName && isLetterOrDigit(name[0])
	for i := range len(name) {
		c := name[i]
		ok = ok && (isLetterOrDigit(c) || c == '.' || c == '_' || c == '-')
	}
	if !ok {
		return problem.New(problem.Invalid, "%.70q cannot name a node; use 1 to 63 letters, digits, hyphens, dots or underscores, as node-1", name)
	}
	return nil
}

func isLetterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isPrintable reports whether a text from outside has no byte that a log or a header
// would stumble over, and no space.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
