package room

import "time"

// recentIDs remembers the sockets that were announced as gone, so that none is
// announced twice, and at which version of their roster they were gone: a join
// after that is news, a join before that is a late echo. There are two generations.
// The younger one becomes the older, which is dropped, when it has recentLimit ids, or
// lasts for recentFor: echoes are late by seconds, or by as long as the node stands
// still that they come by.
type recentIDs struct {
	young, old map[string]uint64
	since      time.Time // when young began
}

const (
	recentLimit = 4096
	recentFor   = 5 * time.Minute
)

func (r *recentIDs) add(id string, version uint64) {
	version = max(version, r.young[id], r.old[id])
	now := time.Now()
	if len(r.young) > 0 && (len(r.young) >= recentLimit || now.Sub(r.since) >= recentFor) {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young, r.since = make(map[string]uint64), now
	}
	r.young[id] = version
}

func (r *recentIDs) has(id string) bool {
	_, ok := r.young[id]
	if !ok {
		_, ok = r.old[id]
	}
	return ok
}

// hasSince reports whether id was gone at that version or later.
func (r *recentIDs) hasSince(id string, version uint64) bool {
	return r.has(id) && version <= max(r.young[id], r.old[id])
}

func (r *recentIDs) remove(id string) {
	delete(r.young, id)
	delete(r.old, id)
}
