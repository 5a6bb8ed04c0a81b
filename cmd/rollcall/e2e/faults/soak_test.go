//go:build unix

package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
)

const (
	soakVariable    = "ROLLCALL_SOAK"         // how long, such as 30m
	socketsVariable = "ROLLCALL_SOAK_SOCKETS" // how many sockets stay
)

// soaking says how a soak goes.
type soaking struct {
	length  time.Duration
	sockets int
	round   time.Duration // each has a fault, and ends with a verdict
}

// soakOf reads what was asked for. Without it, a soak is short and small.
func soakOf(t testing.TB) soaking {
	t.Helper()
	s := soaking{length: time.Second, sockets: 200, round: 5 * time.Second}
	if os.Getenv(soakVariable) != "" {
		s.length = lengthOf(t, soakVariable, s.length)
		s.sockets, s.round = 5000, time.Minute
	}
	if text := os.Getenv(socketsVariable); text != "" {
		var err error
		if s.sockets, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", socketsVariable, err)
		}
	}
	t.Logf("a soak of %v with %d sockets; %s and %s change that", s.length, s.sockets, soakVariable, socketsVariable)
	return s
}

// crowd returns a crowd of which a room has about 50 members. Each rename concerns
// nearly all of them, since there are ten users.
func (s soaking) crowd() crowd.Size {
	return crowd.Size{
		Rooms: max(s.sockets/50, 1), Residents: s.sockets, Churners: 20,
		Stay: 2 * time.Second, Ask: 100 * time.Millisecond, Rename: 2 * time.Second,
	}
}

// soakFaults are what a soak draws from.
func soakFaults() []scene {
	return []scene{
		{name: "kill -9", play: killed(longGone)}, {name: "kill -9, back at once", play: killed(0)},
		{name: "frozen for 3 s", play: frozen(3 * time.Second)}, {name: "rolling restart", play: rolling},
		{name: "Redis killed", play: away(redisKilled)}, {name: "Redis deaf", play: away(redisDeaf)},
	}
}

// A cluster that is broken once a minute, for a long time, keeps its promises, and
// uses no more in the end than in the beginning.
func TestSoak(t *testing.T) {
	of := soakOf(t)
	s := setUpLocal(t, of.crowd(), crowd.Operated()...)
	var levels []crowd.Gauge
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "minute\tfault\tMB\tgoroutines\tsockets\trolls\tnamed\twrong\tlongest")
	for began := time.Now(); len(levels) == 0 || time.Since(began) < of.length; {
		ends := time.Now().Add(of.round)
		fault := pick(s.random, soakFaults())
		v := s.play(t, scene{name: fault.name, play: func(t testing.TB, s *stage) {
			fault.play(t, s)
			pass(t, time.Until(ends))
		}})
		level := s.crowd.Total(t)
		levels = append(levels, level)
		fmt.Fprintf(w, "%.1f\t%s\t%.0f\t%.0f\t%.0f\t%d\t%d\t%d\t%v\n", time.Since(began).Minutes(), fault.name,
			level.Bytes/1e6, level.Goroutines, level.Sockets, v.Asked, v.Named, len(v.Wrong), v.Longest.Round(time.Millisecond))
		t.Logf("all nodes: %v", level)
	}
	_ = w.Flush() // into memory
	s.sumUp("soak")
	t.Logf("the report:\n%s%s", table.String(), history.Table(s.rows...))
	for _, growth := range grows(levels) {
		t.Error(growth)
	}
}

func pick[E any](random *rand.Rand, of []E) E { return of[random.IntN(len(of))] }
