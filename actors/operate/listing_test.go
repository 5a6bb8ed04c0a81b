package operate

import (
	"slices"
	"testing"

	"github.com/rollcall/rollcall/protos"
)

func TestActorOrders(t *testing.T) {
	list := []*protos.ActorState{{Name: "b", Mailbox: 1}, {Name: "a", Mailbox: 1}, {Name: "c", Mailbox: 9}}
	for order, want := range map[string]string{"mailbox": "abc", "-mailbox": "cab", "identity": "abc", "-identity": "cba", "": "abc"} {
		sorted := slices.SortedFunc(slices.Values(list), ActorOrder(order))
		if got := sorted[0].GetName() + sorted[1].GetName() + sorted[2].GetName(); got != want {
			t.Errorf("%q: %s, want %s", order, got, want)
		}
	}
	if IsActorOrder("") || IsActorOrder("--mailbox") || IsActorOrder("x") || !IsActorOrder("-last_error_at") {
		t.Error("orders are not told apart")
	}
}
