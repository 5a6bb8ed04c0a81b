package actors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/eventstream"

	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/actors/survey"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// Node is this process in the cluster: the way to its actors for whoever is
// outside of them. Its methods may be called from any goroutine.
type Node struct {
	config     Config
	name       string
	log        *slog.Logger
	membership *membership.Cluster
	metrics    *metrics.Metrics
	directory  *directory.Directory
	system     *actor.ActorSystem
	tracer     *trace.Tracer
	asker      *operate.Asker
	respondent *operate.Respondent
	backend    *backend.Backend
	emits      emits
	pid        *actor.PID    // the node actor
	ended      chan struct{} // closed when it is gone
	identity   *actor.PID

	subscription *identity.Subscription
	systemEvents *eventstream.Subscription
	versions     atomic.Uint64 // of rosters; see drawVersion
	sockets      *socket.Sockets
	memory       *outbox.Memory // of what waits for clients
	relays       relays
	emptied      chan struct{}  // has one while the store has begun anew, and nobody has seen to it
	missed       chan time.Time // has one while changes after that are missed, and nobody has seen to it
	admissions   *admissions
	home         *room.Home // of the rosters

	running sync.WaitGroup // calls of grains, and the subscription
	stop    context.CancelFunc
}

// Start starts the actors of this node. Sockets can be opened and rolls be called
// once it returns; Stop must be called.
func Start(config Config) (*Node, error) {
	config = config.withDefaults()
	view := config.Membership.View()
	n := &Node{
		config:     config,
		name:       view.Self.Name,
		log:        config.Logger.With("node", view.Self.Name),
		membership: config.Membership,
		metrics:    config.Metrics,
		directory:  config.Directory,
		system:     config.Membership.System,
		tracer:     config.Tracer,
		admissions: newAdmissions(),
		memory:     outbox.NewMemory(config.OutboxMemory),
		emptied:    make(chan struct{}, 1),
		missed:     make(chan time.Time, 1),
		ended:      make(chan struct{}),
	}
	n.sockets = socket.NewSockets(socket.Config{
		System: n.system, Node: n.name, Log: n.log, Directory: n.addressOf, Mark: n.mark,
		Metrics: n.metrics, Memory: n.memory, Partials: config.Partials,
	})
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop

	n.subscription = identity.NewSubscription(config.Users, config.Bus, identityEvents{n}, n.log)
	n.asker = operate.NewAsker(n.system, n.View, membership.Member.FrontDoor)
	n.respondent = n.newRespondent()
	n.emits.ledger = backend.NewLedger()
	n.backend = backend.New(survey.New(n.system, n.View, membership.Member.FrontDoor, config.RollDeadline), n.CallRoll)
	if err := n.spawn(); err != nil {
		stop()
		n.sockets.Close()
		return nil, err
	}
	n.systemEvents = n.system.EventStream.Subscribe(n.systemEvent)
	n.running.Go(func() { n.respondent.KeepSamples(ctx, config.sampleEvery) })
	n.running.Go(func() { n.subscription.Run(ctx) })
	n.running.Go(func() { n.keepAdmissions(ctx) })
	n.running.Go(func() { n.keepUp(ctx) })
	return n, nil
}

// spawn starts the actors that every node has.
func (n *Node) spawn() (err error) {
	n.identity, _, err = n.directory.Enter(directory.IdentityKind, n.name, actor.Unbounded(), func(mailbox actor.PropsOption) (*actor.PID, error) {
		props := n.supervised(directory.IdentityKind, func() actor.Actor { return newIdentityActor(&n.metrics.HeldIdentity) })
		return n.system.Root.Spawn(props.Configure(mailbox).Configure(n.tracer.Props("identity", "")...)), nil
	})
	if err != nil {
		return err
	}
	n.home = n.newHome()
	n.pid, _, err = n.directory.Enter(directory.NodeKind, n.name, newPatientMailbox, func(mailbox actor.PropsOption) (*actor.PID, error) {
		props := n.supervised(directory.NodeKind, func() actor.Actor { return newNodeActor(n) })
		return n.system.Root.SpawnNamed(props.Configure(mailbox).Configure(n.tracer.Props("node", "")...), membership.Door)
	})
	if err != nil {
		return fmt.Errorf("start the node actor: %w", err)
	}
	return nil
}

// supervised returns props of a root actor that goes on with its state when it
// has failed on a message: what it holds is needed by all others.
func (n *Node) supervised(kind directory.Kind, produce actor.Producer) *actor.Props {
	return actor.PropsFromProducer(produce, actor.WithGuardian(actor.NewOneForOneStrategy(0, 0, func(reason any) actor.Directive {
		n.metrics.Failures.Panicked(n.log, kind, n.name, reason)
		return actor.ResumeDirective
	})))
}

// Name returns the node's name.
func (n *Node) Name() string { return n.name }

// View returns the live members as this node sees them.
func (n *Node) View() *membership.View { return n.membership.View() }

// Sockets returns the sockets of this node.
func (n *Node) Sockets() *socket.Sockets { return n.sockets }

// Tracer returns the node's tracer; nil if tracing is off.
func (n *Node) Tracer() *trace.Tracer { return n.tracer }

// addressOf is the [Directory] of the cluster.
func (n *Node) addressOf(node string) (address string, ok bool) {
	m, ok := n.membership.View().ByName(node)
	return m.Address, ok
}

// mark has the node at address say when it has received what it was sent so far. Its node
// actor is asked, as for a roll call: there is more room as fast as that goes.
func (n *Node) mark(address string, number uint64) {
	n.system.Root.RequestWithCustomSender(actor.NewPID(address, membership.Door), &protos.LinkMark{Number: number}, n.pid)
}

// CallRoll calls the roll of a room, or joins a call that starts after this
// query came. It is answered by the roll deadline, complete or not. The error is
// that of ctx, or [problem.Unavailable] from a node that is shutting down.
func (n *Node) CallRoll(ctx context.Context, name string) (*room.Roll, error) {
	patience := time.NewTimer(n.config.RollDeadline + time.Second)
	defer patience.Stop()
	arrived := time.Now()
	query, answer := room.NewQuery(name, arrived, trace.From(ctx).Child("roster", name, "query"))
	n.system.Root.Send(n.pid, query)
	select {
	case roll := <-answer:
		n.countQuery(roll, time.Since(arrived))
		return roll, nil
	case <-ctx.Done():
		n.metrics.Queries[metrics.NoRoll].Add(1)
		return nil, ctx.Err()
	case <-patience.C:
		n.metrics.Queries[metrics.NoRoll].Add(1)
		return nil, problem.New(problem.Unavailable, "This node does not answer any more: ask another")
	}
}

// Ended is closed when the node actor is gone: nothing works here without it, and it
// ends by itself only when this node stops.
func (n *Node) Ended() <-chan struct{} { return n.ended }

// Stop ends the actors. Sockets that are still open are cut off.
func (n *Node) Stop(ctx context.Context) error {
	n.system.EventStream.Unsubscribe(n.systemEvents)
	n.stop()
	n.sockets.Close()
	stopped := make(chan error, 1)
	go func() {
		err := n.system.Root.PoisonFuture(n.pid).Wait()
		n.home.Wait()
		n.running.Wait()
		stopped <- errors.Join(err, n.system.Root.PoisonFuture(n.identity).Wait())
	}()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drawVersion returns a version that no roster of this process has had.
func (n *Node) drawVersion() uint64 { return n.versions.Add(1) }

type grainOption = cluster.GrainCallOption

// callRoom calls the grain of a room, on a goroutine of its own. The call goes on
// with the trace of the span, which may be nil.
func (n *Node) callRoom(room string, span *trace.Span, call func(grain *protos.RoomGrainClient, options ...grainOption) error) {
	options := []grainOption{cluster.WithTimeout(n.config.joinPatience), cluster.WithRetryCount(1)}
	if span.Sampled() {
		options = append(options, cluster.WithContext(span.Sender(n.system.Root)))
	}
	log := span.Logger(n.log)
	n.running.Go(func() {
		grain := protos.GetRoomGrainClient(n.membership.Cluster, room)
		if err := call(grain, options...); err != nil {
			log.Debug("call of a room grain failed", "room", room, "err", err)
		}
	})
}
