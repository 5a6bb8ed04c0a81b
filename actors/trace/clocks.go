package trace

// onOneClock moves all moments to the clock of the node where the trace began.
// Nodes' clocks differ; a message seems then to arrive before it was sent. The
// difference is estimated as NTP does, from messages in both directions, assuming
// that they took the same time; where no message seems to go back in time, the
// clocks are taken for equal, since an estimate is no better than that.
func (f *family) onOneClock() {
	first := f.kept[0].GetNode()
	if f.root != nil {
		first = f.root.GetNode()
	}
	flights := f.flights()
	ahead := map[string]int64{first: 0} // of each node's clock before that of the first
	for todo := []string{first}; len(todo) > 0; {
		node := todo[0]
		todo = todo[1:]
		for route := range flights {
			if route.from != node && route.to != node {
				continue
			}
			other := route.to
			if other == node {
				other = route.from
			}
			if _, known := ahead[other]; known {
				continue
			}
			ahead[other] = ahead[node] + flights.ahead(node, other)
			todo = append(todo, other)
		}
	}
	for _, s := range f.kept {
		if parent := f.byID[s.GetParent()]; parent != nil {
			move(&s.Sent, ahead[parent.GetNode()])
		} else {
			move(&s.Sent, ahead[s.GetNode()])
		}
		for _, moment := range []*int64{&s.Arrived, &s.Started, &s.Ended, &s.Deadline} {
			move(moment, ahead[s.GetNode()])
		}
		for _, l := range s.GetLogs() {
			move(&l.At, ahead[s.GetNode()])
		}
	}
}

func move(moment *int64, by int64) {
	if *moment != 0 {
		*moment -= by
	}
}

type route struct{ from, to string }

// flights holds the shortest time that a message seemed to take on each route.
type flights map[route]int64

func (f *family) flights() flights {
	shortest := make(flights)
	for _, s := range f.kept {
		parent := f.byID[s.GetParent()]
		if parent == nil || parent.GetNode() == s.GetNode() || s.GetSent() == 0 {
			continue
		}
		landed := s.GetArrived()
		if landed == 0 {
			landed = s.GetStarted()
		}
		way := route{parent.GetNode(), s.GetNode()}
		took := landed - s.GetSent()
		if known, ok := shortest[way]; !ok || took < known {
			shortest[way] = took
		}
	}
	return shortest
}

// ahead returns how far the clock of b is before that of a.
func (f flights) ahead(a, b string) int64 {
	there, out := f[route{a, b}]
	back, in := f[route{b, a}]
	switch {
	case out && in && (there < 0 || back < 0):
		return (there - back) / 2
	case out && !in && there < 0:
		return there
	case in && !out && back < 0:
		return -back
	}
	return 0
}
