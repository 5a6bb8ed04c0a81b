package actors

// recentIDs remembers the ids of sockets that were announced as gone, so that
// none is announced twice. It holds the latest recentLimit ids at least, and
// twice as many at most: two generations, of which the older is dropped.
type recentIDs struct {
	young, old map[string]struct{}
}

const recentLimit = 4096

func (r *recentIDs) add(id string) {
	if len(r.young) >= recentLimit {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young = make(map[string]struct{})
	}
	r.young[id] = struct{}{}
}

func (r *recentIDs) has(id string) bool {
	if _, ok := r.young[id]; ok {
		return true
	}
	_, ok := r.old[id]
	return ok
}

func (r *recentIDs) remove(id string) {
	delete(r.young, id)
	delete(r.old, id)
}
