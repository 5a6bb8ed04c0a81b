package history

import (
	"fmt"
	"slices"
	"time"
)

// Rule is a promise that was broken.
type Rule string

const (
	Absent     Rule = "absent"     // a roll lacks a socket, and does not say so
	Gone       Rule = "gone"       // a roll holds a socket that had left, or that died
	Stale      Rule = "stale"      // a roll holds a socket whose node could not have said so
	Twice      Rule = "twice"      // a roll lists a socket more than once
	WrongUser  Rule = "wrong user" // a roll or an event gives a socket another user or room
	Unknown    Rule = "unknown"    // a roll holds a socket that nobody had
	Unsaid     Rule = "unsaid"     // a roll names a missing node, and calls itself complete
	Unnamed    Rule = "unnamed"    // a roll does not name a node that could not answer
	Unanswered Rule = "unanswered" // a node that was well did not answer
	Dropped    Rule = "dropped"    // a node that was well dropped a client
	Expelled   Rule = "expelled"   // a socket was announced as gone that was not
	Repeated   Rule = "repeated"   // an event came twice
	Disordered Rule = "disordered" // an event came after a later one
	Invented   Rule = "invented"   // a version was announced that no rename made
	Unaware    Rule = "unaware"    // in the end a client does not know who is here
	Unheard    Rule = "unheard"    // in the end a client does not know a user's version
	Missed     Rule = "missed"     // a message was acknowledged, and did not come to a client
	Ignored    Rule = "ignored"    // a message was not answered
)

// Violation is a promise that was broken once.
type Violation struct {
	Rule Rule
	At   Moment
	What string
}

func (v Violation) String() string {
	return fmt.Sprintf("%8.3fs %-10s %s", v.At.Seconds(), v.Rule, v.What)
}

// News counts what clients were to be told, and when they were.
type News struct {
	Due, Delivered, Late int
	Slowest              time.Duration
}

// newsLimit is by when news should have come.
const newsLimit = 2 * time.Second

// add counts a piece of news that was due, and came after took; Never if it did not.
func (n *News) add(took time.Duration) {
	n.Due++
	if took == Never {
		return
	}
	n.Delivered++
	n.Slowest = max(n.Slowest, took)
	if took > newsLimit {
		n.Late++
	}
}

func (n *News) join(m News) {
	n.Due += m.Due
	n.Delivered += m.Delivered
	n.Late += m.Late
	n.Slowest = max(n.Slowest, m.Slowest)
}

// Verdict is the outcome of a check.
type Verdict struct {
	Asked int // rolls
	Exact int // complete, and nobody is lost
	Named int // says what it lacks: nodes that are
	Lost  int // all lost, not missing; the roll is complete
	Sick  int // not answered, by a node that was not well
	Late  int // after its deadline and the margin

	Longest time.Duration // an answer of a node that was well
	// Impaired is how long after something broke the last roll was asked for that
	// a well node did not complete, before it was mended; Whole the same, after it
	// was mended, with rolls that name a lost node.
	Impaired, Whole time.Duration

	Presence News // joins, to who was there
	Names    News // renames, to who was there

	Said     Told // messages that the clients sent
	Messages News // messages that were acknowledged, to who was there

	Wrong []Violation
}

// Told counts messages, by how they were answered.
type Told struct {
	Sent        int
	Confirmed   int
	Unconfirmed int            // some node did not say in time that it has it
	Refused     map[string]int // for another reason, by its code
	Dropped     int            // that clients were told they did not get
}

func (m *Told) join(n Told) {
	m.Sent += n.Sent
	m.Confirmed += n.Confirmed
	m.Unconfirmed += n.Unconfirmed
	m.Dropped += n.Dropped
	for code, count := range n.Refused {
		m.refuse(code, count)
	}
}

func (m *Told) refuse(code string, count int) {
	if m.Refused == nil {
		m.Refused = make(map[string]int)
	}
	m.Refused[code] += count
}

// Has reports whether one of those rules was broken.
func (v Verdict) Has(rules ...Rule) bool {
	for _, w := range v.Wrong {
		if slices.Contains(rules, w.Rule) {
			return true
		}
	}
	return false
}

// Join adds the figures of another verdict.
func (v *Verdict) Join(w Verdict) {
	v.Asked += w.Asked
	v.Exact += w.Exact
	v.Named += w.Named
	v.Lost += w.Lost
	v.Sick += w.Sick
	v.Late += w.Late
	v.Longest = max(v.Longest, w.Longest)
	v.Impaired, v.Whole = max(v.Impaired, w.Impaired), max(v.Whole, w.Whole)
	v.Presence.join(w.Presence)
	v.Names.join(w.Names)
	v.Said.join(w.Said)
	v.Messages.join(w.Messages)
	v.Wrong = append(v.Wrong, w.Wrong...)
}
