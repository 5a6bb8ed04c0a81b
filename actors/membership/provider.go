package membership

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
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
	p.mu.Lock()
	p.observer = newObserver(self)
	first := p.observer.view(time.Now())
	p.mu.Unlock()
	p.view.Store(first)
	p.update(first)

	p.running, p.stop = context.WithCancel(context.Background())
	p.tasks.Go(func() { p.watch(p.running) })
	p.tasks.Go(func() { (&pulse{frozen: p.config.Timings.Frozen}).run(p.running, c.ActorSystem.EventStream) })
	return nil
}

// createList opens the gossip port, behind a doorman.
func (p *provider) createList(settings *memberlist.Config) (*memberlist.Memberlist, error) {
	open := p.config.transport
	if open == nil {
		open = openGossip
	}
	transport, err := open(settings)
	if err != nil {
		return nil, err
	}
	port := newGossipPort(transport, remoting.NewDoorman("gossip", p.isMember, remoting.LimitedLog(p.log)))
	settings.Transport = port
	list, err := memberlist.Create(settings)
	if err != nil {
		return nil, errors.Join(err, port.Shutdown())
	}
	return list, nil
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
	p.tasks.Go(func() { p.watchRivals(p.running) })
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

func (p *provider) memberlistConfig(d *delegate) (*memberlist.Config, error) {
	at, err := p.gossipAddresses()
	if err != nil {
		return nil, err
	}
	t := p.config.Timings
	c := memberlist.DefaultLANConfig()
	c.Name = p.config.Name
	c.BindAddr, c.BindPort = at.bind, at.bindPort
	c.AdvertiseAddr, c.AdvertisePort = at.advertise, at.advertisePort
	c.ProbeInterval, c.ProbeTimeout = t.ProbeInterval, t.ProbeTimeout
	c.SuspicionMult, c.SuspicionMaxTimeoutMult = t.SuspicionMult, maxSuspicionMult
	c.AwarenessMaxMultiplier = maxSlowdown
	c.GossipInterval, c.PushPullInterval = t.Gossip, t.PushPull
	c.TCPTimeout = 2 * time.Second // a frozen peer takes a connection and never answers
	// Who took over the name of a dead node is welcome at once.
	c.DeadNodeReclaimTime = time.Nanosecond
	c.Logger = newGossipLog(p.log)
	c.Delegate, c.Events, c.Merge, c.Alive, c.Conflict = d, d, d, d, d
	if keys := p.config.Keys.Gossip(); keys != nil {
		if c.Keyring, err = memberlist.NewKeyring(keys, keys[0]); err != nil {
			return nil, fmt.Errorf("use the shared keys: %w", err)
		}
	}
	return c, nil
}

// gossipAddresses are those of memberlist, which takes no names.
type gossipAddresses struct {
	bind      string
	bindPort  int
	advertise string // "" for where it binds

	advertisePort int
}

func (p *provider) gossipAddresses() (at gossipAddresses, err error) {
	if p.config.Advertise.Gossip != "" {
		at.advertise, at.advertisePort, err = literal(p.config.Advertise.Gossip)
		if err != nil {
			return at, err
		}
	}
	host, port, err := splitAddress(p.config.GossipAddr)
	if err != nil {
		return at, err
	}
	if host != "" {
		at.bind, at.bindPort, err = literal(p.config.GossipAddr)
		return at, err
	}
	if at.bind, at.bindPort = "0.0.0.0", port; strings.Contains(at.advertise, ":") {
		at.bind = "::"
	}
	return at, nil
}

// literal returns an IP address for what may be a name.
func literal(address string) (ip string, port int, err error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return "", 0, err
	}
	resolved, err := net.ResolveIPAddr("ip", host)
	if err != nil {
		return "", 0, problem.Wrap(err, problem.Invalid, "The gossip address %s cannot be resolved", address)
	}
	return resolved.String(), port, nil
}

// enqueue takes in what memberlist has seen.
func (p *provider) enqueue(s sighting) {
	p.tell(func(o *observer) bool { return o.see(s) })
}

// tell has the observer hear of something, in order. It never blocks: memberlist
// calls it with its locks held.
func (p *provider) tell(news func(*observer) bool) {
	p.mu.Lock()
	p.queue = append(p.queue, news)
	p.mu.Unlock()
	p.signal()
}

func (p *provider) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// settle returns when all that memberlist has reported so far is in the view.
func (p *provider) settle(ctx context.Context) {
	done := make(chan struct{})
	p.mu.Lock()
	p.barriers = append(p.barriers, done)
	p.mu.Unlock()
	p.signal()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// watch makes one view of each piece of news that changes something.
func (p *provider) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		p.mu.Lock()
		queue, barriers := p.queue, p.barriers
		p.queue, p.barriers = nil, nil
		p.mu.Unlock()
		for _, news := range queue {
			p.show(news)
		}
		for _, b := range barriers {
			close(b)
		}
	}
}

func (p *provider) show(news func(*observer) bool) {
	p.mu.Lock()
	var next *View
	if news(p.observer) {
		next = p.observer.view(time.Now())
	}
	p.mu.Unlock()
	if next == nil {
		return
	}
	old := p.view.Swap(next)
	close(old.superseded)
	// protoactor first: it drops its connections to those that are gone, and
	// nobody must use one of them for a member that is back at its address.
	p.update(next)
	change := ViewChanged{Old: old, New: next}
	p.report(change)
	p.cluster.ActorSystem.EventStream.Publish(change)
}

// update tells protoactor. It must not be called by one of protoactor's own
// topology handlers: it deadlocks there.
func (p *provider) update(v *View) {
	members := make(cluster.Members, 0, len(v.Members))
	for _, m := range v.Members {
		host, port, err := splitAddress(m.Address)
		if err != nil {
			p.log.Warn("member without a usable address", "member", m.Name, "address", m.Address)
			continue
		}
		members = append(members, &cluster.Member{Id: m.ID(), Host: host, Port: int32(port), Kinds: m.Kinds})
	}
	p.links.BetweenGreetings(func() { p.cluster.MemberList.UpdateClusterTopology(members) })
}

func (p *provider) report(c ViewChanged) {
	tell := func(what string, members []Member) {
		for _, m := range members {
			p.log.Info(what, "member", m.Name, "address", m.Address, "id", m.ID(), "live", len(c.New.Members))
		}
	}
	tell("member failed", c.Failed())
	tell("member left", c.Left())
	tell("member joined", c.Joined())
}

// isMember reports whether a member gossips from that address.
func (p *provider) isMember(address netip.Addr) bool {
	v := p.view.Load()
	if v == nil {
		return false
	}
	_, found := v.first(func(m Member) bool {
		at, err := netip.ParseAddrPort(m.Gossip)
		return err == nil && at.Addr().Unmap() == address
	})
	return found
}

// mostMembers bounds how many nodes are believed to be there: without a shared key,
// anybody who reaches the gossip port can make names up.
const mostMembers = 1024

var errFull = fmt.Errorf("there are %d members already", mostMembers)

// isFull reports whether there is no room for a node of that name.
func (p *provider) isFull(name string) bool {
	v := p.view.Load()
	if v == nil || len(v.Members) < mostMembers {
		return false
	}
	_, known := v.ByName(name)
	return !known
}

// splitAddress splits host:port, taking ports as numbers only.
func splitAddress(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err == nil {
		var n uint64
		n, err = strconv.ParseUint(text, 10, 16)
		port = int(n)
	}
	if err != nil {
		return "", 0, problem.Wrap(err, problem.Invalid, "%q is not an address of the form host:port", address)
	}
	return host, port, nil
}
