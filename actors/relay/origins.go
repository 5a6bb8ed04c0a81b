package relay

import "github.com/rollcall/rollcall/protos"

const (
	// askAgain is how many ticks an origin has to answer before it is asked again.
	askAgain = second / 2

	// holesAtATime bounds one question.
	holesAtATime = 256

	// forgetAfter is how many ticks an origin is remembered that is no member and of
	// which nothing comes. Then it has been silent for much longer than it keeps
	// relays, so none that was taken can come again.
	forgetAfter = 5 * 60 * second

	// mostOrigins bounds those that are remembered. Members are never forgotten.
	mostOrigins = 1024
)

// Origins are the incarnations of other nodes, and what was taken of the relays of each.
//
// Where this node begins with an origin: no client is let in here before every member
// has welcomed this node, so what is told of an origin until then needs nobody. A
// member that was there before this node says by its welcome up to which number it
// did without this node. An incarnation that is first seen after the introduction
// begins at 0: this node was there before it, or was cut off from it, and then the
// origin still has what it kept. Of a member that did not welcome this node in time
// the first word decides. An incarnation that left and comes back goes on where it
// was: it is the same process, that stood still or was cut off.
type Origins struct {
	introduced bool
	known      map[string]*origin // by incarnation
}

type origin struct {
	Seen
	placed  bool   // it is known where this node begins
	member  bool   // it is live
	quiet   int    // ticks since anything came of it
	settled uint64 // up to here is asked for: the rest may be on its way
	wait    int    // ticks until it is asked again
}

// Question is what is to be asked of an origin.
type Question struct {
	Incarnation string
	Holes       []*protos.Hole
}

// get returns what is known of an origin, something came of it.
func (o *Origins) get(incarnation string) *origin {
	known := o.known[incarnation]
	if known == nil {
		known = &origin{placed: o.introduced}
		if o.known == nil {
			o.known = make(map[string]*origin)
		}
		o.known[incarnation] = known
		o.bound()
	}
	known.quiet = 0
	return known
}

// Members notes who is live, without this node itself.
func (o *Origins) Members(incarnations []string) {
	for _, known := range o.known {
		known.member = false
	}
	for _, incarnation := range incarnations {
		o.get(incarnation).member = true
	}
}

// Welcomed notes up to which number a member did without this node.
func (o *Origins) Welcomed(incarnation string, last uint64) {
	o.get(incarnation).place(last)
}

// Introduced notes that this node lets clients in from now on. The members in before
// were there before it; others came later.
func (o *Origins) Introduced(before map[string]bool) {
	o.introduced = true
	for incarnation, known := range o.known {
		if !before[incarnation] {
			known.place(0)
		}
	}
}

// place has this node begin behind a number, unless it has begun.
func (k *origin) place(at uint64) {
	if !k.placed {
		k.placed, k.high = true, at
	}
}

// Take reports whether a relay is news, and notes that it was taken.
func (o *Origins) Take(incarnation string, number uint64) bool {
	if number == 0 {
		return false // no relay has that
	}
	known := o.get(incarnation)
	known.place(number - 1)
	return known.Seen.Take(number)
}

// Told notes the number of an origin's latest relay.
func (o *Origins) Told(incarnation string, last uint64) {
	known := o.get(incarnation)
	known.place(last)
	known.Told(last)
}

// Answered takes in an origin's answer to a question, after the relays that came with
// it were taken: the oldest number that it has. It returns what to ask next, if there
// is more; nil if not, or if the answer brought nothing, so that asking waits.
func (o *Origins) Answered(incarnation string, oldest uint64, progress bool) []*protos.Hole {
	known := o.get(incarnation)
	known.GiveUp(oldest)
	if !progress {
		return nil
	}
	known.wait = askAgain
	return known.Lacks(known.settled, holesAtATime)
}

// Tick lets one tick pass, and returns what is to be asked of whom: what has been
// lacking for a tick, for until then it may just be on its way.
func (o *Origins) Tick() []Question {
	var questions []Question
	for incarnation, known := range o.known {
		known.quiet++
		if !known.member {
			if known.quiet > forgetAfter {
				delete(o.known, incarnation)
			}
			continue
		}
		known.wait--
		if known.wait <= 0 {
			if holes := known.Lacks(known.settled, holesAtATime); len(holes) > 0 {
				questions = append(questions, Question{incarnation, holes})
				known.wait = askAgain
			}
		}
		known.settled = known.high
	}
	return questions
}

// bound forgets the most silent of those who are no members.
func (o *Origins) bound() {
	for len(o.known) > mostOrigins {
		silent := ""
		for incarnation, known := range o.known {
			if !known.member && (silent == "" || known.quiet > o.known[silent].quiet) {
				silent = incarnation
			}
		}
		if silent == "" {
			return
		}
		delete(o.known, silent)
	}
}
