package supervisor

import "time"

// Restart decides how long to wait before a node is started again. Each failure
// that follows closely upon a start doubles the pause; a node that ran well for
// a while has its past forgiven. Not safe for concurrent use: one per node.
type Restart struct {
	First time.Duration // pause after the first failure
	Most  time.Duration // the pause never grows beyond this
	Well  time.Duration // a node that ran this long is thought well

	next time.Duration // 0: First
}

// DefaultRestart is quick enough that a node that crashed once is hardly missed,
// and slow enough that one that cannot live costs nothing.
func DefaultRestart() Restart {
	return Restart{First: 500 * time.Millisecond, Most: 15 * time.Second, Well: 20 * time.Second}
}

// After returns the pause that follows a run of the given length.
func (r *Restart) After(ran time.Duration) time.Duration {
	if r.next == 0 || ran >= r.Well {
		r.next = r.First
	}
	pause := r.next
	r.next = min(2*r.next, r.Most)
	return pause
}
