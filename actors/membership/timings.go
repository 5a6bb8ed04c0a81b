package membership

import "time"

// Timings are the clocks of membership. The zero value of each field stands
// for its default, which is made for nodes in one data centre.
type Timings struct {
	ProbeInterval time.Duration // 200 ms: each node asks another one whether it lives
	ProbeTimeout  time.Duration // 100 ms: then others are asked to ask it
	SuspicionMult int           // 4: a node that several suspect has 4 × max(1, log10(nodes)) probe intervals to answer before it is evicted
	Gossip        time.Duration // 100 ms: news are passed on
	PushPull      time.Duration // 3 s: whole states are compared
	Rejoin        time.Duration // 2 s: addresses to join that are not live members are tried again
	Knock         time.Duration // 300 ms: lost members are pinged, to join them once they answer
	NamePatience  time.Duration // 3 s: how long a taken name may turn out to be that of a dead node
	LeaveWait     time.Duration // 300 ms: from the goodbye until all others know
	Activation    time.Duration // 300 ms: the longest wait for a grain to be found
	Frozen        time.Duration // 2 s: standing still for longer is announced as [Thawed]
}

// maxSuspicionMult bounds how much longer a silent node has if nobody else suspects
// it, which speaks for the one who suspects being too busy to hear it. Two more who
// do shorten it to SuspicionMult. The smaller side of a split has to wait that long:
// with memberlist's default of 6 over 5 s.
const maxSuspicionMult = 2

// maxSlowdown bounds how much slower a node asks others whether they live once it
// doubts itself: one that hears nobody any more finds out soon that it is alone.
// That takes 2 s; with memberlist's default of 8 it takes 4 s.
const maxSlowdown = 2

func (t Timings) withDefaults() Timings {
	def := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	def(&t.ProbeInterval, 200*time.Millisecond)
	def(&t.ProbeTimeout, 100*time.Millisecond)
	if t.SuspicionMult == 0 {
		t.SuspicionMult = 4
	}
	def(&t.Gossip, 100*time.Millisecond)
	def(&t.PushPull, 3*time.Second)
	def(&t.Rejoin, 2*time.Second)
	def(&t.Knock, 300*time.Millisecond)
	def(&t.NamePatience, 3*time.Second)
	def(&t.LeaveWait, 300*time.Millisecond)
	def(&t.Activation, 300*time.Millisecond)
	def(&t.Frozen, 2*time.Second)
	return t
}
