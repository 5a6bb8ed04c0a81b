package room

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos"
)

// What a roster makes of the replies to its roll calls, without a cluster.

// sends has a node answer a roll call with what the test makes up.
func (l *lone) sends(node string, call *protos.RollCall, reply *protos.RollReply) {
	reply.Call, reply.Node, reply.Incarnation = call.GetCall(), node, "system-"+node
	l.tell(reply)
}

// Concurrent queries share a roll call, and none joins a call that started
// before it came: an answer is never older than its question.
func TestQueriesShareTheNextRollCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		early := l.query()
		first := l.asks()["b"]
		var late []<-chan *Roll
		for range 20 {
			late = append(late, l.query())
		}
		l.replies("b", first, 2)
		if got := l.has("the early query", early); got.Sockets() != 0 {
			t.Errorf("the early roll has %d sockets", got.Sockets())
		}
		second := l.asks()["b"]
		for _, answer := range late {
			l.hasNone("a query that came after the roll call had started", answer)
		}
		l.replies("b", second, 3, entriesOf(1)...) // somebody joins between the question and the answer
		shared := l.has("a late query", late[0])
		for _, answer := range late[1:] {
			if l.has("another late query", answer) != shared {
				t.Error("the queries that came together have different rolls")
			}
		}
		if shared.Sockets() != 1 || len(l.asks()) > 0 {
			t.Errorf("%d sockets, or a third roll call", shared.Sockets())
		}
	})
}

// A silent node must not make a query wait for two deadlines: after a moment it
// gets a roll call of its own.
func TestQueryDoesNotQueueBehindASlowRollCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		first, second := l.query(), l.query()
		slow := l.asks()["b"]
		l.pass(l.home.Queueing)
		l.replies("b", l.asks()["b"], 2, entriesOf(1)...)
		if got := l.has("the second query", second); got.Sockets() != 1 {
			t.Errorf("%d sockets", got.Sockets())
		}
		l.hasNone("the first query, by the second roll call", first)
		l.replies("b", slow, 2, entriesOf(1)...)
		l.has("the first query", first)
	})
}

func TestLateAndRepeatedRepliesChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		answer := l.query()
		first := l.asks()["b"]
		l.replies("b", first, 2, entriesOf(1)...)
		l.has("the query", answer)
		l.replies("b", first, 1, entriesOf(7, 8)...)

		answer = l.query()
		asked := l.asks()["b"]
		if asked.GetVersion() != 2 || asked.GetIncarnation() != "system-b" {
			t.Errorf("compares with version %d of %q", asked.GetVersion(), asked.GetIncarnation())
		}
		l.sends("b", asked, &protos.RollReply{Version: 2, Unchanged: true})
		got := l.has("the unchanged roll", answer)
		if diff := cmp.Diff(entriesOf(1), got.Nodes[1].Entries); diff != "" || got.Nodes[1].Status != Unchanged {
			t.Errorf("status %s (-want +got):\n%s", got.Nodes[1].Status, diff)
		}
	})
}

func TestLargePartComesInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		answer := l.query()
		asked := l.asks()["b"]
		for i, page := range [][]Entry{entriesOf(1, 2), entriesOf(3), entriesOf(4, 5)} {
			l.hasNone("before the last page", answer)
			l.sends("b", asked, &protos.RollReply{Version: 9, More: i < 2, Part: EncodePart(page)})
		}
		got := l.has("the roll", answer)
		if diff := cmp.Diff(entriesOf(1, 2, 3, 4, 5), got.Nodes[1].Entries); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestUnreadablePartIsAMissingNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		answer := l.query()
		l.sends("b", l.asks()["b"], &protos.RollReply{Version: 9, Part: &protos.Part{Ids: "short"}})
		if got := l.has("the roll", answer); !slices.Equal(got.Missing(), []string{"b"}) {
			t.Errorf("missing %v", got.Missing())
		}
	})
}
