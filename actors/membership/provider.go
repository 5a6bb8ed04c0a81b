package membership

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/cluster"
	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/actors/membership/remoting"
	"github.com/rollcall/rollcall/protos/problem"
)

// provider is protoactor's cluster provider on memberlist. memberlist tells it
// what it sees while holding its locks; so that is only queued, and one
// goroutine turns it into views, in order.
type provider struct {
	config  Config
	log     *slog.Logger
	rivals  *rivals
	merging refusals // that merges met

	unresolved unresolved // used by join, and then by rejoin

	cluster  *cluster.Cluster
	links    *remoting.Links
	list     *memberlist.Memberlist
	delegate *delegate
	view     atomic.Pointer[View]
	serves   atomic.Bool // it has joined, or found nobody to join

	running context.Context // until Shutdown
	stop    context.CancelFunc
	tasks   sync.WaitGroup

	mu       sync.Mutex             // guards what follows
	queue    []func(*observer) bool // what was seen; true: it changes the view
	barriers []chan struct{}        // closed when all that is queued has become views
	observer *observer

	wake chan struct{} // holds one token while there is something in queue or barriers
}

var _ cluster.ClusterProvider = (*provider)(nil)

func newProvider(config Config) *provider {
	return &provider{
		config: config, log: config.Logger,
		rivals: newRivals(), wake: make(chan struct{}, 1), unresolved: unresolved{},
	}
}

// StartMember opens memberlist and shows the first view: this node alone.
// Joining others comes after it, by join.
func (p *provider) StartMember(c *cluster.Cluster) error {
	p.cluster = c
	m := meta{
		cluster: p.config.Cluster, protocol: p.config.protocol,
		system: c.ActorSystem.ID, address: c.ActorSystem.Address(), http: p.config.HTTPAddr,
		started: time.Now().Truncate(time.Millisecond), kinds: p.config.kindNames(), store: p.config.Store,
	}
	d, err := newDelegate(p, m)
	if err != nil {
		return err
	}
	settings, err := p.memberlistConfig(d)
	if err != nil {
		return err
	}
	list, err := p.createList(settings)
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, "Node %q cannot open its gossip port %s", p.config.Name, p.config.GossipAddr)
	}
	p.list, p.delegate = list, d

	self := m.member(list.LocalNode())
	self.Since = time.Now()
	p.mu.Lock()
	p.observer = newObserver(self)
	first := p.observer.view(time.Now())
	p.mu.Unlock()
	p.view.Store(first)
	p.update(first)

	p.running, p.stop = context.WithCancel(context.Background())
	p.tasks.Go(func() { p.makeViews(p.running) })
	p.tasks.Go(func() { (&pulse{frozen: p.config.Timings.Frozen}).run(p.running, c.ActorSystem.EventStream) })
	return nil
}

// answer is what this node says of itself to who asks; nil before it knows.
func (p *provider) answer() []byte {
	v := p.view.Load()
	if v == nil {
		return nil
	}
	return answer{name: v.Self.Name, gossip: v.Self.Gossip, serves: p.serves.Load(), meta: p.delegate.told.Load().meta}.encode()
}

// setStore tells the others which store this node knows. It returns at once if they know.
func (p *provider) setStore(id string) error {
	m := p.delegate.told.Load().meta
	if m.store == id {
		return nil
	}
	m.store = id
	if err := p.delegate.tell(m); err != nil {
		return err
	}
	return p.list.UpdateNode(p.config.Timings.LeaveWait)
}

// keepJoining starts to look for missing members, until Shutdown.
func (p *provider) keepJoining() {
	p.serves.Store(true)
	p.tasks.Go(func() { p.rejoin(p.running) })
	p.tasks.Go(func() { p.knock(p.running) })
	p.tasks.Go(func() { p.lookIntoRivals(p.running) })
}

// StartClient is not offered: every process of Rollcall is a member.
func (p *provider) StartClient(*cluster.Cluster) error {
	return errors.New("membership: a client of the cluster that is not a member is not supported")
}

// Shutdown closes memberlist, after a goodbye if graceful. It is idempotent.
func (p *provider) Shutdown(graceful bool) error {
	if p.list == nil {
		return nil
	}
	var err error
	if graceful {
		err = p.leave(context.Background())
	}
	p.stop()
	err = errors.Join(err, p.list.Shutdown())
	p.tasks.Wait()
	return err
}

// goodbyeRounds is for how many rounds of gossip a goodbye is passed on.
const goodbyeRounds = 3

// leave says goodbye to the others and gives them the time to hear it. It does
// so in the metadata first: memberlist knows a goodbye from a failure as well,
// but does not tell its delegates which it was.
func (p *provider) leave(ctx context.Context) error {
	wait := p.config.Timings.LeaveWait
	sent := 4 * wait // time enough to send it; usually it takes two rounds of gossip
	alone := len(p.view.Load().Others()) == 0
	p.delegate.leaving.Store(true)
	err := p.list.UpdateNode(sent)
	if !alone {
		// Leave would take the goodbye out of memberlist's queue when it has gone to
		// one other node. Who hears of the leave first takes it for a failure.
		err = errors.Join(err, pause(ctx, goodbyeRounds*p.config.Timings.Gossip))
	}
	err = errors.Join(err, p.list.Leave(sent))
	if err != nil {
		err = fmt.Errorf("say goodbye: %w", err) // the others will find out
	}
	p.settle(ctx)
	if !alone {
		err = errors.Join(err, pause(ctx, wait))
	}
	return err
}
