package membership

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func membersNamed(names ...string) []Member {
	members := make([]Member, len(names))
	for i, n := range names {
		members[i] = Member{Name: n, System: "system of " + n, Address: n + ":6011", Kinds: []string{"Room"}}
	}
	return members
}

func viewOf(names ...string) *View {
	members := membersNamed(names...)
	return newView(1, members[0], members, nil, nil)
}

func TestViewFindsMembers(t *testing.T) {
	v := viewOf("node-3", "node-1", "node-2")
	for _, m := range v.Members {
		for by, find := range map[string]func() (Member, bool){
			"name":    func() (Member, bool) { return v.ByName(m.Name) },
			"address": func() (Member, bool) { return v.ByAddress(m.Address) },
			"system":  func() (Member, bool) { return v.BySystem(m.System) },
		} {
			if got, ok := find(); !ok || got.Name != m.Name {
				t.Errorf("by %s: %q, %t; want %q", by, got.Name, ok, m.Name)
			}
		}
	}
	if _, ok := v.ByName("node-4"); ok {
		t.Error("found a node that is not there")
	}
	if got := len(v.Others()); got != 2 {
		t.Errorf("%d others, want 2", got)
	}
}

func TestLostIsForgottenAfterTenMinutes(t *testing.T) {
	at := time.Now()
	v := newView(1, Member{Name: "a"}, membersNamed("a"), []Lost{{"b", at}}, nil)
	if got := v.LostNow(at.Add(LostFor - time.Second)); len(got) != 1 {
		t.Errorf("lost just before ten minutes: %v", got)
	}
	if got := v.LostNow(at.Add(LostFor)); len(got) != 0 {
		t.Errorf("lost after ten minutes: %v", got)
	}
}

func TestObserverTellsLeavingFromFailing(t *testing.T) {
	at := time.Now()
	node := func(system string) nodeEvent {
		return nodeEvent{member: Member{Name: "b", System: system, Gossip: "b:7011"}, at: at}
	}
	fails := nodeEvent{member: Member{Name: "b"}, gone: true, at: at}
	leaves := nodeEvent{member: Member{Name: "b"}, gone: true, graceful: true, at: at}

	type ids struct{ Joined, Left, Failed, Lost []string }
	tests := []struct {
		name string
		seen []nodeEvent
		want ids // of the last view
	}{
		{"joins", []nodeEvent{node("s")}, ids{Joined: []string{"s#0"}}},
		{"leaves", []nodeEvent{node("s"), leaves}, ids{Left: []string{"s#0"}}},
		{"fails", []nodeEvent{node("s"), fails}, ids{Failed: []string{"s#0"}, Lost: []string{"b"}}},
		{"comes back after failing", []nodeEvent{node("s"), fails, node("s")}, ids{Joined: []string{"s#1"}}},
		{"comes back after leaving", []nodeEvent{node("s"), leaves, node("t")}, ids{Joined: []string{"t#1"}}},
		{"is restarted at once", []nodeEvent{node("s"), node("t")}, ids{Joined: []string{"t#1"}, Failed: []string{"s#0"}}},
		{"fails after two restarts", []nodeEvent{node("s"), node("t"), node("u"), fails}, ids{Failed: []string{"u#2"}, Lost: []string{"b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newObserver(Member{Name: "a"})
			change := ViewChanged{New: o.view(at)}
			for _, s := range tt.seen {
				if !o.see(s) {
					t.Fatalf("%+v changes nothing", s)
				}
				change = ViewChanged{Old: change.New, New: o.view(at)}
			}
			got := ids{Joined: idsOf(change.Joined()), Left: idsOf(change.Left()), Failed: idsOf(change.Failed())}
			for _, l := range change.New.Lost {
				got.Lost = append(got.Lost, l.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAViewSaysSinceWhenMembersAreThereOrGone(t *testing.T) {
	start := time.Now()
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	comes := func(name, system string, at time.Time) nodeEvent {
		return nodeEvent{member: Member{Name: name, System: system}, at: at}
	}
	o := newObserver(Member{Name: "self", Since: start})
	o.see(comes("a", "of a", at(0)))
	o.see(comes("b", "of b", at(0)))
	o.see(comes("a", "of a", at(1))) // it knows that one
	o.see(nodeEvent{member: Member{Name: "b"}, gone: true, graceful: true, at: at(1)})
	o.see(comes("c", "of c", at(1)))

	since := func(v *View, name string) time.Time {
		m, _ := v.ByName(name)
		return m.Since
	}
	v := o.view(at(2))
	if a, c, self := since(v, "a"), since(v, "c"), since(v, "self"); !a.Equal(at(0)) || !c.Equal(at(1)) || !self.Equal(start) {
		t.Errorf("a since %v, c since %v, itself since %v", a.Sub(start), c.Sub(start), self.Sub(start))
	}
	if gone := v.GoneNow(at(2)); len(gone) != 1 || gone[0].Member.Name != "b" || gone[0].Member.System != "of b" || !gone[0].Since.Equal(at(1)) {
		t.Errorf("gone are %+v", gone)
	}
	o.see(comes("b", "of b", at(2)))
	if v = o.view(at(2)); len(v.GoneNow(at(2))) != 0 || !since(v, "b").Equal(at(2)) {
		t.Errorf("b is back; gone are %+v", v.Gone)
	}
	o.see(comes("a", "another life", at(3)))
	if v = o.view(at(3)); len(v.GoneNow(at(3))) != 0 || !since(v, "a").Equal(at(3)) {
		t.Errorf("a was restarted at once; gone are %+v", v.Gone)
	}
	o.see(nodeEvent{member: Member{Name: "c"}, gone: true, at: at(4)})
	v = o.view(at(4))
	if late := at(4).Add(LostFor); len(v.GoneNow(late.Add(-time.Second))) != 1 || len(v.GoneNow(late)) != 0 || len(o.view(late).Gone) != 0 {
		t.Errorf("c is remembered for another time than ten minutes: %+v", v.Gone)
	}
}

// A node that starts where it reaches nobody does not take itself for all there is.
func TestWhoIsNotMetIsLost(t *testing.T) {
	at := time.Now()
	address := place{address: "10.0.0.2:7011", at: []string{"10.0.0.2:7011"}}
	pods := place{address: "pods:7011", at: []string{"10.0.0.3:7011", "10.0.0.4:7011"}}
	name := place{address: "name:7011", err: errNoAddress}
	becomes := func(addresses ...string) func(*observer) bool {
		return func(o *observer) bool { return o.find(place{address: name.address, at: addresses}) }
	}
	known := func(o *observer) bool {
		return o.see(nodeEvent{member: Member{Name: "b", System: "s", Gossip: "10.0.0.2:7011"}, at: at})
	}
	all := []Lost{{address.address, at}, {name.address, at}, {pods.address, at}}
	tests := []struct {
		name    string
		then    func(*observer) bool
		changes bool
		now     time.Time
		want    []Lost
	}{
		{"never", nil, false, at, all},
		{"one answers", func(o *observer) bool { return o.meet("10.0.0.4:7011") }, true, at, all[:2]},
		{"one is a member", known, true, at, all[1:]},
		{"one is a member, and leaves", func(o *observer) bool {
			return known(o) && o.see(nodeEvent{member: Member{Name: "b"}, gone: true, graceful: true, at: at})
		}, true, at, all[1:]},
		{"one is a member, and fails", func(o *observer) bool {
			return known(o) && o.see(nodeEvent{member: Member{Name: "b"}, gone: true, at: at})
		}, true, at, []Lost{{"b", at}, {name.address, at}, {pods.address, at}}},
		{"for ten minutes", nil, false, at.Add(LostFor), nil},

		{"a name is resolved, and nobody answers", becomes("10.0.0.5:7011"), false, at, all},
		{"a name is resolved, and somebody answers", func(o *observer) bool {
			return !becomes("10.0.0.5:7011")(o) && o.meet("10.0.0.5:7011")
		}, true, at, []Lost{all[0], all[2]}},
		{"a name turns out to be that of this node", becomes("10.0.0.1:7011"), true, at, []Lost{all[0], all[2]}},
		{"a name turns out to be that of a member", func(o *observer) bool {
			return known(o) && becomes("10.0.0.1:7011", "10.0.0.2:7011", "10.0.0.6:7011")(o)
		}, true, at, all[2:]},
		{"a name is resolved no more", func(o *observer) bool {
			return o.find(place{address: pods.address, err: errNoAddress})
		}, false, at, all},
		{"machines move", func(o *observer) bool {
			return !o.find(place{address: pods.address, at: []string{"10.0.0.7:7011"}}) && o.meet("10.0.0.7:7011")
		}, true, at, all[:2]},
		{"a name that was met is resolved anew", func(o *observer) bool {
			return o.meet("10.0.0.4:7011") && o.find(place{address: pods.address, at: []string{"10.0.0.7:7011"}})
		}, false, at, all[:2]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newObserver(Member{Name: "a", Gossip: "10.0.0.1:7011"})
			for _, p := range []place{address, pods, name} {
				if !o.expect(p, at) {
					t.Errorf("whom it looks for at %s is not lost", p.address)
				}
			}
			if o.expect(place{address: "localhost:7011", at: []string{"10.0.0.1:7011"}}, at) || o.meet("10.0.0.9:7011") {
				t.Error("it looks for itself")
			}
			if tt.then != nil && tt.then(o) != tt.changes {
				t.Errorf("it changes the view: %v", !tt.changes)
			}
			if diff := cmp.Diff(tt.want, o.view(tt.now).Lost); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func idsOf(members []Member) []string {
	var ids []string
	for _, m := range members {
		ids = append(ids, m.ID())
	}
	return ids
}

func TestObserverIgnoresWhatChangesNothing(t *testing.T) {
	o := newObserver(Member{Name: "a"})
	for what, s := range map[string]nodeEvent{
		"the departure of a stranger": {member: Member{Name: "b"}, gone: true},
		"itself":                      {member: Member{Name: "a"}},
	} {
		if o.see(s) {
			t.Errorf("%s changes the view", what)
		}
	}
}

// Who remembers a node calls it before it has begun to look for them.
func TestWhoHasCalledIsNotLost(t *testing.T) {
	o := newObserver(Member{Name: "a", Gossip: "10.0.0.1:7011"})
	o.see(nodeEvent{member: Member{Name: "b", Gossip: "10.0.0.2:7011"}})
	if o.expect(place{address: "b:7011", at: []string{"10.0.0.2:7011"}}, time.Now()) {
		t.Errorf("lost: %v", o.view(time.Now()).Lost)
	}
}

func TestLeavingNodeIsNoMemberOfItsOwnView(t *testing.T) {
	o := newObserver(Member{Name: "a"})
	o.see(nodeEvent{member: Member{Name: "b"}})
	if !o.see(nodeEvent{member: Member{Name: "a"}, gone: true, graceful: true}) {
		t.Fatal("leaving changes nothing")
	}
	v := o.view(time.Now())
	if len(v.Members) != 1 || v.Members[0].Name != "b" || v.Self.Name != "a" {
		t.Errorf("members %v, self %v", v.Members, v.Self)
	}
}

func TestPulseNoticesStandingStill(t *testing.T) {
	p := pulse{frozen: 2 * time.Second}
	at := time.Now()
	for i, beat := range []struct {
		after  time.Duration
		thawed bool
	}{{0, false}, {250 * time.Millisecond, false}, {2 * time.Second, false}, {2001 * time.Millisecond, true}, {time.Second, false}} {
		at = at.Add(beat.after)
		if gap, thawed := p.beat(at); thawed != beat.thawed {
			t.Errorf("beat %d after %v: gap %v, thawed %t", i, beat.after, gap, thawed)
		}
	}
}
