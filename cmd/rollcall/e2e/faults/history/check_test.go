package history

import (
	"slices"
	"testing"
	"time"
)

const s = time.Second

// staying returns a client that is in the room from a moment on.
func staying(id, node string, user string, joined Moment) *Stay {
	return &Stay{Socket: id, Room: "R", User: user, Node: node, Tried: joined - s/2, Joined: joined, Leaving: Never, Ended: Never}
}

// left returns the same, gone from a moment on, of its own will.
func left(of *Stay, at Moment) *Stay {
	of.Leaving, of.Ended = at, at
	return of
}

func told(of *Stay, events ...Event) *Stay {
	of.Events = events
	return of
}

func hear(at Moment, kind Kind, id string, user string, seq uint64) Event {
	e := Event{At: at, Kind: kind, Socket: id, User: user}
	if seq > 0 {
		e.Position = Position{Epoch: 1, Seq: seq}
	}
	return e
}

func answer(at Moment, users map[string]string) Roll {
	return Roll{Node: "n1", Room: "R", Begun: at, Ended: at + s/10, Complete: true, Users: users}
}

func lacking(of Roll, missing, lost []string) Roll {
	of.Complete, of.Missing, of.Lost = len(missing) == 0, missing, lost
	return of
}

type roll = map[string]string

func TestRolls(t *testing.T) {
	a, b := func() *Stay { return staying("a", "n1", "1", s) }, func() *Stay { return staying("b", "n2", "2", s) }
	both := []*Stay{a(), b()}
	gone := []*Stay{told(a(), hear(3*s, Disconnected, "b", "2", 7)), left(b(), 2*s)}
	frozen := Outage{Node: "n2", From: 3 * s, Full: 3 * s, Until: 9 * s, Over: 10 * s, Mute: true}
	killed := frozen
	killed.Fatal = true
	slowed := Outage{Node: "n2", From: 3 * s, Full: 3 * s, Until: 9 * s, Over: 10 * s, Slow: true}
	tests := []struct {
		name    string
		stays   []*Stay
		outages []Outage
		roll    Roll
		want    []Rule
	}{
		{"exact", both, nil, answer(5*s, roll{"a": "1", "b": "2"}), nil},
		{"one is absent", both, nil, answer(5*s, roll{"a": "1"}), []Rule{Absent}},
		{"absent, and named as missing", both, nil, lacking(answer(5*s, roll{"a": "1"}), []string{"n2"}, nil), nil},
		{"absent, and named as lost", both, nil, lacking(answer(5*s, roll{"a": "1"}), nil, []string{"n2"}), nil},
		{"absent, and another is named", both, nil, lacking(answer(5*s, roll{"a": "1"}), []string{"n3"}, nil), []Rule{Absent}},
		{"asked before the join was acknowledged", both, nil, answer(s, roll{}), nil},
		{"left while it was asked", []*Stay{a(), left(b(), 5*s+s/20)}, nil, answer(5*s, roll{"a": "1"}), nil},
		{"left, but not known to be processed", []*Stay{a(), left(b(), 2*s)}, nil, answer(5*s, roll{"a": "1", "b": "2"}), nil},
		{"left, and that was told", gone, nil, answer(5*s, roll{"a": "1", "b": "2"}), []Rule{Gone}},
		{"asked before that was told", gone, nil, answer(3*s, roll{"a": "1", "b": "2"}), nil},
		{"told without a number", []*Stay{told(a(), hear(3*s, Disconnected, "b", "2", 0)), left(b(), 2*s)}, nil, answer(5*s, roll{"a": "1", "b": "2"}), nil},
		{"another user", both, nil, answer(5*s, roll{"a": "1", "b": "3"}), []Rule{WrongUser}},
		{"nobody's socket", both, nil, answer(5*s, roll{"a": "1", "b": "2", "c": "1"}), []Rule{Unknown}},
		{"before it came", both, nil, answer(s/4, roll{"a": "1"}), []Rule{Unknown}},
		{"of one who never learned its id", append([]*Stay{{Room: "R", User: "3", Tried: 2 * s, Joined: Never, Leaving: Never, Ended: Never}}, both...), nil,
			answer(5*s, roll{"a": "1", "b": "2", "c": "3"}), nil},
		{"of a frozen node", both, []Outage{frozen}, answer(5*s, roll{"a": "1", "b": "2"}), []Rule{Unnamed, Stale}},
		{"of a frozen node that is named", both, []Outage{frozen}, lacking(answer(5*s, roll{"a": "1", "b": "2"}), []string{"n2"}, nil), []Rule{Stale}},
		{"without a frozen node, unnamed", both, []Outage{frozen}, answer(5*s, roll{"a": "1"}), []Rule{Unnamed, Absent}},
		{"without a frozen node where nobody sits", []*Stay{a()}, []Outage{frozen}, answer(5*s, roll{"a": "1"}), []Rule{Unnamed}},
		{"by a frozen node", []*Stay{a()}, []Outage{{Node: "n1", From: 3 * s, Full: 3 * s, Until: 9 * s, Over: 10 * s, Mute: true}}, answer(5*s, roll{"a": "1"}), nil},
		{"of a node that is being frozen", both, []Outage{frozen}, answer(3*s-s/20, roll{"a": "1", "b": "2"}), nil},
		{"of a dead node", both, []Outage{killed}, answer(5*s, roll{"a": "1", "b": "2"}), []Rule{Unnamed, Gone}},
		{"without a dead node", both, []Outage{killed}, lacking(answer(5*s, roll{"a": "1"}), nil, []string{"n2"}), nil},
		{"without a dead node, unnamed", both, []Outage{killed}, answer(5*s, roll{"a": "1"}), []Rule{Unnamed}},
		{"of a dead node, later", both, []Outage{killed}, answer(20*s, roll{"a": "1", "b": "2"}), []Rule{Gone}},
		{"complete with a missing node", both, nil, Roll{Node: "n1", Room: "R", Begun: 5 * s, Ended: 5 * s, Complete: true, Missing: []string{"n3"}, Users: roll{"a": "1", "b": "2"}}, []Rule{Unsaid}},
		{"twice", both, nil, Roll{Node: "n1", Room: "R", Begun: 5 * s, Ended: 5 * s, Complete: true, Twice: []string{"a"}, Users: roll{"a": "1", "b": "2"}}, []Rule{Twice}},
		{"no answer", both, nil, Roll{Node: "n1", Room: "R", Begun: 5 * s, Ended: 5 * s, Failure: "no"}, []Rule{Unanswered}},
		{"of a slow node", both, []Outage{slowed}, answer(5*s, roll{"a": "1", "b": "2"}), nil},
		{"without a slow node, unnamed", both, []Outage{slowed}, answer(5*s, roll{"a": "1"}), []Rule{Absent}},
		{"no answer from a slow node", both, []Outage{slowed}, Roll{Node: "n2", Room: "R", Begun: 5 * s, Ended: 5 * s, Failure: "no"}, []Rule{Unanswered}},
		{"no answer from a sick node", both, []Outage{frozen}, Roll{Node: "n2", Room: "R", Begun: 5 * s, Ended: 5 * s, Failure: "no"}, nil},
	}
	for _, test := range tests {
		h := &History{Stays: test.stays, Outages: test.outages, Rolls: []Roll{test.roll}, Broke: Never, Mended: Never, End: s}
		if got := rules(Check(h)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// A socket in several rooms has a stay in each of them, which is judged by itself.
func TestASocketMayBeInSeveralRooms(t *testing.T) {
	in := func(room string, of Roll) Roll { of.Room = room; return of }
	spoke := func(room string) Event {
		return Event{At: 6 * s, Kind: Said, Socket: "b", User: "2", Room: room, Number: 1}
	}
	gone := func(room string) Event {
		return Event{At: 6 * s, Kind: Disconnected, Socket: "b", User: "2", Room: room, Position: Position{Epoch: 1, Seq: 7}}
	}
	tests := []struct {
		name   string
		events []Event // that a is told, who is in R
		roll   Roll
		want   []Rule
	}{
		{"in one room", nil, answer(5*s, roll{"a": "1", "b": "2"}), nil},
		{"in the other", []Event{spoke("R")}, in("S", answer(5*s, roll{"b": "2"})), nil},
		{"absent from the other", nil, in("S", answer(5*s, roll{})), []Rule{Absent}},
		{"told what was said in the other", []Event{spoke("S")}, answer(5*s, roll{"a": "1", "b": "2"}), []Rule{WrongUser}},
		{"gone, and not from the other", []Event{gone("R")}, in("S", answer(7*s, roll{"b": "2"})), []Rule{Expelled, Unaware}},
		{"gone, and in the roll", []Event{gone("R")}, answer(7*s, roll{"a": "1", "b": "2"}), []Rule{Expelled, Gone, Unaware}},
	}
	for _, test := range tests {
		further := staying("b", "n2", "2", s)
		further.Room = "S"
		stays := []*Stay{told(staying("a", "n1", "1", s), test.events...), further, staying("b", "n2", "2", s)}
		h := &History{Stays: stays, Rolls: []Roll{test.roll}, Broke: Never, Mended: Never, End: 20 * s}
		if got := rules(Check(h)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func rules(v Verdict) (of []Rule) {
	for _, w := range v.Wrong {
		of = append(of, w.Rule)
	}
	return of
}

func TestConnectionsAndEvents(t *testing.T) {
	here := func(at Moment, id string, seq uint64) Event { return hear(at, Connected, id, "2", seq) }
	gone := func(at Moment, id string, seq uint64) Event { return hear(at, Disconnected, id, "2", seq) }
	name := func(at Moment, version int64) Event { return Event{At: at, Kind: Renamed, User: "2", Version: version} }
	b := func() *Stay { return told(staying("b", "n2", "2", 3*s)) }
	dropped := func() *Stay { d := left(b(), 5*s); d.Dropped = true; return d }
	renames := []Rename{{User: "2", Version: 4, Begun: 6 * s, At: 6 * s}}
	tests := []struct {
		name    string
		events  []Event // that a is told, who is there first
		b       *Stay
		outages []Outage
		renames []Rename
		want    []Rule
	}{
		{"told", []Event{here(3*s, "b", 2)}, b(), nil, nil, nil},
		{"told without a number", []Event{here(3*s, "b", 0)}, b(), nil, nil, nil},
		{"not told", nil, b(), nil, nil, []Rule{Unaware}},
		{"told of its leave", []Event{here(3*s, "b", 2), gone(6*s, "b", 3)}, left(b(), 5*s), nil, nil, nil},
		{"not told of its leave", []Event{here(3*s, "b", 2)}, left(b(), 5*s), nil, nil, []Rule{Unaware}},
		{"neither", nil, left(b(), 5*s), nil, nil, nil},
		{"told of a leave that was none", []Event{here(3*s, "b", 2), gone(6*s, "b", 3)}, b(), nil, nil, []Rule{Expelled, Unaware}},
		{"announced as lost, and again", []Event{here(3*s, "b", 2), gone(4*s, "b", 0), here(5*s, "b", 0)}, b(), nil, nil, nil},
		{"a number twice", []Event{here(3*s, "b", 2), here(3*s, "b", 2)}, b(), nil, nil, []Rule{Repeated}},
		{"a join twice", []Event{here(3*s, "b", 2), here(3*s, "b", 3)}, b(), nil, nil, []Rule{Repeated}},
		{"a leave twice", []Event{here(3*s, "b", 2), gone(6*s, "b", 3), gone(6*s, "b", 0)}, left(b(), 5*s), nil, nil, []Rule{Repeated}},
		{"numbers out of order", []Event{here(3*s, "b", 3), gone(6*s, "b", 2)}, left(b(), 5*s), nil, nil, []Rule{Disordered}},
		{"a number of before the handshake", []Event{here(3*s, "b", 1)}, b(), nil, nil, []Rule{Repeated}},
		{"another user", []Event{hear(3*s, Connected, "b", "3", 2)}, b(), nil, nil, []Rule{WrongUser}},
		{"dropped", []Event{here(3*s, "b", 2), gone(6*s, "b", 3)}, dropped(), nil, nil, []Rule{Dropped}},
		{"dropped by a node that fell", []Event{here(3*s, "b", 2), gone(6*s, "b", 3)}, dropped(), []Outage{{Node: "n2", From: 4 * s, Full: 4 * s, Until: Never, Over: Never}}, nil, nil},
		{"dropped by a node that was slow", []Event{here(3*s, "b", 2), gone(6*s, "b", 3)}, dropped(), []Outage{{Node: "n2", From: 4 * s, Full: 4 * s, Until: Never, Over: Never, Slow: true}}, nil, []Rule{Dropped}},
		{"renamed", []Event{here(3*s, "b", 2), name(7*s, 4)}, b(), nil, renames, nil},
		{"renamed again", []Event{here(3*s, "b", 2), name(7*s, 5)}, b(), nil, append(renames, Rename{User: "2", Version: 5, Begun: 7 * s, At: 7 * s}), nil},
		{"renamed while it joined", []Event{here(3*s, "b", 2)}, b(), nil, []Rename{{User: "2", Version: 4, Begun: s / 2, At: 6 * s}}, nil},
		{"renamed by nobody", []Event{here(3*s, "b", 2), name(7*s, 5)}, b(), nil, renames, []Rule{Invented}},
		{"not heard", []Event{here(3*s, "b", 2), name(7*s, 3)}, b(), nil, renames, []Rule{Unheard}},
		{"not heard, but seen anew", []Event{here(3*s, "b", 2), gone(5*s, "b", 0), here(8*s, "b", 0)}, b(), nil, renames, nil},
		{"not heard, of one who left", []Event{here(3*s, "b", 2), gone(9*s, "b", 3)}, left(b(), 8*s), nil, renames, nil},
	}
	for _, test := range tests {
		a := told(staying("a", "n1", "1", s), test.events...)
		a.Start = Position{Epoch: 1, Seq: 1}
		// The other one is not looked at: it would have to hear the same.
		test.b.Events = nil
		for _, r := range test.renames {
			test.b.Events = append(test.b.Events, name(r.At+s, r.Version))
		}
		h := &History{Stays: []*Stay{a, test.b}, Outages: test.outages, Renames: test.renames, Broke: Never, Mended: Never, End: 20 * s}
		if got := rules(Check(h)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// A newcomer of the same user does not tell a client of a version that it missed.
func TestANewcomerIsNoNews(t *testing.T) {
	rename := Rename{User: "2", Version: 4, Begun: 6 * s, At: 6 * s}
	told4 := Event{At: 7 * s, Kind: Renamed, User: "2", Version: 4}
	a := told(staying("a", "n1", "1", s), hear(3*s, Connected, "b", "2", 2), hear(8*s, Connected, "c", "2", 3))
	b := told(staying("b", "n2", "2", 3*s), told4, hear(8*s, Connected, "c", "2", 3))
	c := left(staying("c", "n2", "2", 8*s), 9*s)
	gone := hear(9*s, Disconnected, "c", "2", 4)
	a.Events, b.Events = append(a.Events, gone), append(b.Events, gone)
	h := &History{Stays: []*Stay{a, b, c}, Renames: []Rename{rename}, Broke: Never, Mended: Never, End: 20 * s}
	if got := rules(Check(h)); !slices.Equal(got, []Rule{Unheard}) {
		t.Errorf("%v", got)
	}
}

func TestFigures(t *testing.T) {
	a := told(staying("a", "n1", "1", s), hear(3*s, Connected, "b", "2", 2))
	b := staying("b", "n2", "2", s+s/2+s/4)
	full := roll{"a": "1", "b": "2"}
	slow := answer(9*s, full)
	slow.Ended = 10 * s
	lost := lacking(answer(8*s, roll{"a": "1"}), nil, []string{"n2"})
	v := Check(&History{
		Stays: []*Stay{a, b}, Broke: 4 * s, Mended: 7 * s, End: 20 * s, Deadline: s / 4, Margin: s / 20,
		Rolls: []Roll{answer(3*s, full), lacking(answer(5*s, roll{"a": "1"}), []string{"n2"}, nil), lost, slow},
	})
	if len(v.Wrong) > 0 || v.Asked != 4 || v.Exact != 2 || v.Named != 2 || v.Late != 1 || v.Longest != s || v.Impaired != s || v.Whole != s ||
		v.Presence != (News{Due: 1, Delivered: 1, Slowest: s + s/4}) {
		t.Errorf("%+v", v)
	}
}

// A node that is slowed down may be late; the others may not.
func TestASlowNodeMayBeLate(t *testing.T) {
	late := func(node string) Roll {
		r := answer(5*s, roll{})
		r.Node, r.Ended = node, 6*s
		return r
	}
	slowed := Outage{Node: "n2", From: 3 * s, Full: 3 * s, Until: 9 * s, Over: 10 * s, Slow: true}
	for node, want := range map[string]int{"n1": 1, "n2": 0} {
		v := Check(&History{
			Outages: []Outage{slowed}, Rolls: []Roll{late(node)}, Broke: Never, Mended: Never, End: 20 * s, Deadline: s / 4, Margin: s / 20,
		})
		if v.Late != want || len(v.Wrong) > 0 {
			t.Errorf("%s: %d late, want %d; %v", node, v.Late, want, v.Wrong)
		}
	}
}
