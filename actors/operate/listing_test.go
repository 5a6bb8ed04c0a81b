package operate

import (
	"slices"
	"testing"

	"github.com/rollcall/rollcall/protos"
)

func TestActorOrders(t *testing.T) {
	list := []*protos.ActorState{{Identity: "b", Mailbox: 1}, {Identity: "a", Mailbox: 1}, {Identity: "c", Mailbox: 9}}
	for order, want := range map[string]string{"mailbox": "abc", "-mailbox": "cab", "identity": "abc", "-identity": "cba", "": "abc"} {
		sorted := slices.SortedFunc(slices.Values(list), ActorOrder(order))
		if got := sorted[0].GetIdentity() + sorted[1].GetIdentity() + sorted[2].GetIdentity(); got != want {
			t.Errorf("%q: %s, want %s", order, got, want)
		}
	}
	if IsActorOrder("") || IsActorOrder("--mailbox") || IsActorOrder("x") || !IsActorOrder("-last_error_at") {
		t.Error("orders are not told apart")
	}
}
