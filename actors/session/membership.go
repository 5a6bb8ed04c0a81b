package session

import "slices"

// standing is what a client is to one namespace.
type standing byte

const (
	outside standing = iota // it has not asked, or was refused, or has left
	asking                  // it has asked, and the application has not answered
	inside
	// expelled: the application has sent it away. What it said before it heard
	// of that may still be under way, and is nobody's fault.
	expelled
)

// memberships are the namespaces that a client is not outside of, in the order in
// which it asked for them; one, as a rule.
type memberships []membership

type membership struct {
	namespace string
	standing  standing
}

func (m memberships) of(namespace string) standing {
	for _, member := range m {
		if member.namespace == namespace {
			return member.standing
		}
	}
	return outside
}

// any reports whether the client is inside of some namespace.
func (m memberships) any() bool {
	return slices.ContainsFunc(m, func(member membership) bool { return member.standing == inside })
}

func (m *memberships) set(namespace string, s standing) {
	i := slices.IndexFunc(*m, func(member membership) bool { return member.namespace == namespace })
	switch {
	case i < 0 && s != outside:
		*m = append(*m, membership{namespace, s})
	case i < 0:
	case s == outside:
		*m = slices.Delete(*m, i, i+1)
	default:
		(*m)[i].standing = s
	}
}
