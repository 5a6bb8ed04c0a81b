package membership

import "hash/fnv"

// Owner returns the live member that owns an identity: the highest score in a
// rendezvous of the members' names. It depends on names alone, so a restart
// moves nothing, and a member that comes or goes moves only its own share.
// It is false only when no member is live.
func (v *View) Owner(identity string) (Member, bool) {
	return v.owner(identity, func(Member) bool { return true })
}

// OwnerOf is Owner among the members that have the kind, so that identities of
// a kind that is new in a rolling upgrade never go to a node that lacks it.
func (v *View) OwnerOf(kind, identity string) (Member, bool) {
	return v.owner(identity, func(m Member) bool { return m.HasKind(kind) })
}

func (v *View) owner(identity string, eligible func(Member) bool) (Member, bool) {
	var (
		key  = fnv64(identity)
		best = -1
		top  uint64
	)
	for i, m := range v.Members {
		// Equal scores go to the first by name: every observer sorts alike.
		if score := finalize(key ^ v.seeds[i]); (best < 0 || score > top) && eligible(m) {
			best, top = i, score
		}
	}
	if best < 0 {
		return Member{}, false
	}
	return v.Members[best], true
}

// seed spreads a name over all 64 bits: neighbouring names ("node-1",
// "node-2") differ in a few bits of their FNV sums only.
func seed(name string) uint64 { return finalize(fnv64(name)) }

func fnv64(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s)) // never fails
	return h.Sum64()
}

// finalize is the 64-bit finalizer of MurmurHash3: each bit of the input
// changes each bit of the result with probability one half.
func finalize(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
