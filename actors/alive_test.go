package actors

import (
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
)

func TestANodeWithoutItsActorIsNotAlive(t *testing.T) {
	n := newFixture(t).start()
	actorstest.Must(t, n.Alive(time.Second))

	select {
	case <-n.Ended():
		t.Error("it is said to have ended")
	default:
	}
	actorstest.Must(t, n.membership.Leave(t.Context()))
	if err := n.Alive(time.Second); err == nil || !strings.Contains(err.Error(), "no member") {
		t.Errorf("having left: %v", err)
	}
	actorstest.Must(t, n.system.Root.PoisonFuture(n.pid).Wait())
	if err := n.Alive(50 * time.Millisecond); err == nil || !strings.Contains(err.Error(), "node actor") {
		t.Errorf("without its actor: %v", err)
	}
	select {
	case <-n.Ended():
	case <-time.After(10 * time.Second):
		t.Error("nobody is told that the actor is gone")
	}
}
