package placement

import (
	"fmt"
	"testing"

	"github.com/asynkron/protoactor-go/cluster"
)

func TestRememberedActivationsAreBounded(t *testing.T) {
	a, owner := newActivations(), Node{Name: "a", ID: "a#0"}
	for i := range maxActivations + 100 {
		a.put(cluster.NewClusterIdentity(fmt.Sprint(i), "Echo"), owner, nil)
	}
	if len(a.found) != maxActivations {
		t.Errorf("%d are remembered, want %d", len(a.found), maxActivations)
	}
}
