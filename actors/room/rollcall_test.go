package room

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/membership"
)

// called is a roll call of three nodes for one query.
func called(t *testing.T) (*rollCall, time.Time, chan *Roll) {
	t.Helper()
	start := time.Unix(1000, 0)
	answer := make(chan *Roll, 1)
	members := []membership.Member{member("a", "s1", 0), member("b", "s2", 0), member("c", "s3", 0)}
	return newRollCall(1, start, start.Add(250*time.Millisecond), members, []waiter{{arrived: start, answer: answer}}), start, answer
}

func statuses(c *rollCall) map[string]NodeStatus {
	got := map[string]NodeStatus{}
	for _, a := range c.asked {
		got[a.member.Name] = a.status
	}
	return got
}

func (c *rollCall) wantStatuses(t *testing.T, want map[string]NodeStatus, over bool) {
	t.Helper()
	if diff := cmp.Diff(want, statuses(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.over() != over {
		t.Errorf("over: %v", c.over())
	}
}

func anybody(membership.Member) bool { return true }

func TestRollCallIsOverWhenAllHaveAnswered(t *testing.T) {
	c, start, answer := called(t)
	for i, node := range []struct{ name, system string }{{"a", "s1"}, {"b", "s2"}, {"c", "s3"}} {
		if c.over() {
			t.Fatalf("over before %s has answered", node.name)
		}
		a := c.awaits(node.name, node.system)
		c.answered(a, Answered, start.Add(time.Duration(i)*time.Millisecond))
		if a.latency != time.Duration(i)*time.Millisecond {
			t.Errorf("latency of %s is %v", node.name, a.latency)
		}
	}
	c.wantStatuses(t, map[string]NodeStatus{"a": Answered, "b": Answered, "c": Answered}, true)
	roll := &Roll{}
	c.answer(roll)
	c.answer(&Roll{}) // nobody waits any more
	if got := <-answer; got != roll {
		t.Error("another roll was answered")
	}
}

func TestRollCallTakesOneReplyOfEachNode(t *testing.T) {
	c, start, _ := called(t)
	c.answered(c.awaits("a", "s1"), Unchanged, start)
	for _, node := range []struct{ what, name, system string }{
		{"a duplicate", "a", "s1"},
		{"a reply from an earlier life", "b", "s9"},
		{"a stranger's reply", "d", "s4"},
	} {
		if c.awaits(node.name, node.system) != nil {
			t.Errorf("%s is awaited", node.what)
		}
	}
	c.wantStatuses(t, map[string]NodeStatus{"a": Unchanged, "b": "", "c": ""}, false)
}

func TestRollCallNamesTheSilentAtItsDeadline(t *testing.T) {
	c, start, _ := called(t)
	c.answered(c.awaits("b", "s2"), Answered, start)
	c.lose(start.Add(250*time.Millisecond), anybody)
	c.wantStatuses(t, map[string]NodeStatus{"a": Missing, "b": Answered, "c": Missing}, true)
	if c.awaits("a", "s1") != nil {
		t.Error("a reply after the deadline is awaited")
	}
	c.lose(start.Add(time.Second), anybody)
	if !c.over() || c.asked[0].latency != 250*time.Millisecond {
		t.Errorf("lost twice: latency %v, awaited %d", c.asked[0].latency, c.awaited)
	}
}

func TestRollCallDoesNotWaitForABrokenLink(t *testing.T) {
	c, start, _ := called(t)
	c.answered(c.awaits("a", "s1"), Answered, start)
	c.answered(c.awaits("c", "s3"), Answered, start)
	broken := func(m membership.Member) bool { return m.Address == "b:1" || m.Address == "c:1" }
	c.lose(start.Add(time.Millisecond), broken)
	c.wantStatuses(t, map[string]NodeStatus{"a": Answered, "b": Missing, "c": Answered}, true)
}

func TestRollCallForgetsWhoLeft(t *testing.T) {
	c, start, _ := called(t)
	c.answered(c.awaits("a", "s1"), Answered, start)
	// a left after it had answered, b was evicted and is back, c is still there.
	c.forget(viewOf(2, member("b", "s2", 1), member("c", "s3", 0)))
	c.wantStatuses(t, map[string]NodeStatus{"a": Answered, "c": ""}, false)
	c.forget(viewOf(3))
	c.wantStatuses(t, map[string]NodeStatus{"a": Answered}, true)
}

// A node that was lost when the roll was called, or on the way, and is back before
// the end, was not asked, or its answer is buried: the roll names it.
func TestRollCallNamesWhomItLacksEvenIfTheyAreBack(t *testing.T) {
	a, b, d := member("a", "s1", 0), member("b", "s2", 0), member("d", "s4", 0)
	ago := time.Unix(900, 0)
	tests := []struct {
		name  string
		lost  []membership.Lost // at the start
		views []*membership.View
		want  []string
	}{
		{"nobody", nil, []*membership.View{viewOf(2, a, b, member("c", "s3", 0))}, nil},
		{"lost before, back now", []membership.Lost{{Name: "d", Since: ago}}, []*membership.View{viewOf(2, a, b, member("c", "s3", 0), d)}, []string{"d"}},
		{"evicted on the way", nil, []*membership.View{lostOf(viewOf(2, a, b), "c")}, []string{"c"}},
		{"evicted on the way, and back", nil, []*membership.View{lostOf(viewOf(2, a, b), "c"), viewOf(3, a, b, member("c", "s3", 1))}, []string{"c"}},
		{"back before it was missed", nil, []*membership.View{viewOf(2, a, b, member("c", "s3", 1))}, []string{"c"}},
		{"evicted after it answered, and back", nil, []*membership.View{lostOf(viewOf(2, b, member("c", "s3", 0)), "a"), viewOf(3, member("a", "s1", 1), b, member("c", "s3", 0))}, []string{"a"}},
		{"left", nil, []*membership.View{viewOf(2, a, b)}, nil},
		{"restarted", nil, []*membership.View{viewOf(2, a, b, member("c", "s9", 1))}, nil},
	}
	for _, test := range tests {
		c, start, _ := called(t)
		c.lacks(test.lost...)
		c.answered(c.awaits("a", "s1"), Answered, start)
		for _, v := range test.views {
			c.forget(v)
		}
		var got []string
		for _, l := range c.lostBy(test.views[len(test.views)-1], start) {
			got = append(got, l.Name)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func lostOf(view *membership.View, name string) *membership.View {
	view.Lost = append(view.Lost, membership.Lost{Name: name, Since: time.Unix(1000, 0)})
	return view
}

func TestRollCallOfNobodyIsOver(t *testing.T) {
	if c := newRollCall(1, time.Time{}, time.Time{}, nil, nil); !c.over() {
		t.Error("it waits")
	}
}
