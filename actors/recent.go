package actors

// recentIDs remembers the sockets that were announced as gone, so that none is
// announced twice, and at which version of their roster they were gone: a join
// after that is news, a join before that is a late echo. It holds the latest
// recentLimit ids at least, and twice as many at most: two generations, of which
// the older is dropped.
type recentIDs struct {
	young, old map[string]uint64
}

const recentLimit = 4096

func (r *recentIDs) add(id string, version uint64) {
	version = max(version, r.young[id], r.old[id])
	if _, ok := r.young[id]; !ok && len(r.young) >= recentLimit {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young = make(map[string]uint64)
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
