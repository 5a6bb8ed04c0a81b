package remoting

import (
	"fmt"
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/remote"
)

// delivery decides which frames from the network are given to protoactor. That would
// deliver anything to anybody: a PoisonPill ends an actor, a Watch or a Terminated
// stirs up its children, and a frame for another address is passed on to there.
type delivery struct {
	packages []string      // of protobuf, whose messages actors take from other nodes
	doors    []string      // actors that other nodes know by their names, which lead to their children too
	address  func() string // of this node's actors
}

// check returns why a frame is not to be delivered, if so. A node of this program sends
// no such frame, so the whole connection is none of such a node.
func (d *delivery) check(batch *remote.MessageBatch) error {
	for _, name := range batch.GetTypeNames() {
		if !d.takes(name) {
			return fmt.Errorf("messages of the type %.80q are not taken from other nodes", name)
		}
	}
	for _, target := range batch.GetTargets() {
		switch {
		case target.GetAddress() != d.address():
			return fmt.Errorf("a message for %.80q is not for this node", target.GetAddress())
		case !d.isDoor(target.GetId()):
			return fmt.Errorf("no other node has business with the actor %.80q", target.GetId())
		}
	}
	types, targets, senders := len(batch.GetTypeNames()), len(batch.GetTargets()), len(batch.GetSenders())
	for _, e := range batch.GetEnvelopes() {
		ok := within(e.GetTypeId(), types) && within(e.GetTarget(), targets) &&
			(e.GetSender() == 0 || within(e.GetSender()-1, senders)) && e.GetSerializerId() == remote.DefaultSerializerID
		if !ok {
			return fmt.Errorf("a message of the frame points nowhere")
		}
	}
	return nil
}

func within(index int32, length int) bool { return index >= 0 && int(index) < length }

// takes reports whether messages of a type come from other nodes.
func (d *delivery) takes(typeName string) bool {
	switch typeName {
	case "cluster.ActivationRequest", "cluster.ActivationResponse",
		"cluster.GrainRequest", "cluster.GrainResponse", "cluster.GrainErrorResponse",
		"actor.DeadLetterResponse":
		return true
	}
	return slices.ContainsFunc(d.packages, func(p string) bool {
		rest, ok := strings.CutPrefix(typeName, p)
		return ok && strings.HasPrefix(rest, ".")
	})
}

// isDoor reports whether an actor may be written to from elsewhere: it has a name that
// other nodes know, or none of its own, as who waits for an answer. What is left is
// protoactor's.
func (d *delivery) isDoor(id string) bool {
	for _, unnamed := range []string{"$", "future$", "reply$"} {
		if strings.HasPrefix(id, unnamed) {
			return true
		}
	}
	return slices.ContainsFunc(d.doors, func(door string) bool { return isAtDoor(id, door) })
}

func isAtDoor(id, door string) bool {
	rest, ok := strings.CutPrefix(id, door)
	return ok && (rest == "" || rest[0] == '/')
}
