package relay

const (
	// unheardAfter is how many ticks the probes of a member may stay away: they come
	// twice a second.
	unheardAfter = 3 * second / 2

	// warnAfter is how many ticks a member was not heard, while this node's own
	// subscription worked, when an operator has to know.
	warnAfter = 5 * second
)

// Hearing is which members are heard over Redis, by their probes. The zero value has
// heard nobody yet.
type Hearing struct{ members map[string]*silence }

type silence struct {
	ticks  int // since it was heard
	up     int // of these, the last ones in a row in which our subscription worked
	warned bool
}

// Unheard is what a tick brought to light.
type Unheard struct {
	All  []string // who is not heard
	Tell []string // of these, who is to be told so now: each second
	Warn []string // of these, whom an operator has to hear of now: once
}

// Heard notes a probe of an incarnation. It reports whether that ends a silence that
// was warned of.
func (h *Hearing) Heard(incarnation string) (again bool) {
	s := h.members[incarnation]
	if s == nil {
		return false
	}
	again = s.warned
	*s = silence{}
	return again
}

// Tick lets one tick pass. Members are the live ones without this node; up says
// whether its own subscription works.
func (h *Hearing) Tick(members []string, up bool) (u Unheard) {
	next := make(map[string]*silence, len(members))
	for _, incarnation := range members {
		s := h.members[incarnation]
		if s == nil {
			s = new(silence)
		}
		next[incarnation] = s
		s.ticks++
		s.up++
		if !up {
			s.up = 0
		}
		if s.ticks < unheardAfter {
			continue
		}
		u.All = append(u.All, incarnation)
		if (s.ticks-unheardAfter)%second == 0 {
			u.Tell = append(u.Tell, incarnation)
		}
		if s.up >= warnAfter && !s.warned {
			s.warned = true
			u.Warn = append(u.Warn, incarnation)
		}
	}
	h.members = next
	return u
}

// strayFor is how many ticks it holds that a node does not hear us: it says so each
// second.
const strayFor = 3 * second

// Strays are the incarnations that do not hear this node over Redis, as they have
// said lately. The zero value has none.
type Strays struct{ left map[string]int } // ticks for which it holds

// Add notes that an incarnation does not hear this node.
func (s *Strays) Add(incarnation string) {
	if s.left == nil {
		s.left = make(map[string]int)
	}
	s.left[incarnation] = strayFor
}

// Has reports whether that incarnation is one.
func (s *Strays) Has(incarnation string) bool { return s.left[incarnation] > 0 }

// Tick lets one tick pass.
func (s *Strays) Tick() {
	for incarnation, left := range s.left {
		if left <= 1 {
			delete(s.left, incarnation)
			continue
		}
		s.left[incarnation] = left - 1
	}
}
