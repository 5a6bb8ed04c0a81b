package membership

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/hashicorp/memberlist"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rollcall/rollcall/actors/clusterkey"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(childName); name != "" {
		runChild(name)
		return
	}
	goleak.VerifyTestMain(m)
}

// patience is for what must happen; generous, because machines are slow.
const patience = 15 * time.Second

// echo is a grain that answers with where it runs, and counts its activations.
type echo struct {
	node   string
	living *sync.Map // actor ids of running activations, to their identities
}

func (e *echo) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		e.living.Store(ctx.Self().Address+ctx.Self().Id, cluster.GetClusterIdentity(ctx).Identity)
	case *actor.Stopped:
		e.living.Delete(ctx.Self().Address + ctx.Self().Id)
	case *wrapperspb.StringValue:
		ctx.Respond(wrapperspb.String(e.node + " " + ctx.Self().Id))
		if m.Value == "and stop" {
			ctx.Stop(ctx.Self())
		}
	}
}

func ring(t *testing.T, secrets ...string) *clusterkey.Ring {
	t.Helper()
	r, err := clusterkey.New(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type fixture struct {
	t        *testing.T
	log      *slog.Logger
	living   sync.Map    // of all nodes of the test
	starting *sync.Mutex // see tryStart
}

func newFixture(t *testing.T) *fixture {
	awaitEnd(t)
	return &fixture{t: t, log: logTo(t), starting: new(sync.Mutex)}
}

// awaitEnd has what nodes have begun to close be closed before the next test: called
// first, it runs last.
func awaitEnd(t *testing.T) {
	t.Cleanup(func() {
		eventually(t, "all goroutines to end", func() bool { return goleak.Find() == nil })
	})
}

func (f *fixture) config(name string) Config {
	return Config{
		Cluster: "test", Name: name, ActorAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:80",
		Logger: f.log, Packages: []string{"google.protobuf"},
		Kinds: []*cluster.Kind{cluster.NewKind("Echo", actor.PropsFromProducer(func() actor.Actor {
			return &echo{node: name, living: &f.living}
		}))},
	}
}

// start starts a node that joins the others, and fails the test if it cannot.
func (f *fixture) start(config Config, others ...*Cluster) *Cluster {
	f.t.Helper()
	for _, o := range others {
		config.Join = append(config.Join, o.View().Self.Gossip)
	}
	c, err := f.tryStart(config)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(c.crash) // a goodbye takes its time
	return c
}

// tryStart starts a node. Those of tests that run beside each other start one after
// another, for protoactor sets gRPC's global logger whenever one does.
func (f *fixture) tryStart(config Config) (*Cluster, error) {
	f.starting.Lock()
	defer f.starting.Unlock()
	return Start(f.t.Context(), config)
}

// cluster starts n nodes that know the first one.
func (f *fixture) cluster(n int) []*Cluster {
	f.t.Helper()
	var nodes []*Cluster
	for i := range n {
		nodes = append(nodes, f.start(f.config(fmt.Sprintf("node-%d", i+1)), nodes[:min(i, 1)]...))
	}
	for _, c := range nodes {
		awaitView(f.t, c, "to see all", func(v *View) bool { return len(v.Members) == n })
	}
	return nodes
}

// activations returns how many activations of an identity there are.
func (f *fixture) activations(identity string) int {
	n := 0
	f.living.Range(func(_, of any) bool {
		if of == identity {
			n++
		}
		return true
	})
	return n
}

func awaitView(t *testing.T, c *Cluster, what string, is func(*View) bool) *View {
	t.Helper()
	end := time.After(patience)
	for {
		v := c.View()
		if is(v) {
			return v
		}
		select {
		case <-v.superseded:
		case <-end:
			t.Fatalf("%s waited in vain %s: live %v, lost %v", v.Self.Name, what, namesOf(c.View().Members), c.View().Lost)
		}
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	end, tick := time.After(patience), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func namesOf(members []Member) []string {
	var names []string
	for _, m := range members {
		names = append(names, m.Name)
	}
	return names
}

func sees(names ...string) func(*View) bool {
	return func(v *View) bool { return slices.Equal(namesOf(v.Members), names) }
}

// changes collects the view changes of a node from now on.
func changes(c *Cluster) func() []ViewChanged {
	var mu sync.Mutex
	var seen []ViewChanged
	c.System.EventStream.Subscribe(func(event any) {
		if change, ok := event.(ViewChanged); ok {
			mu.Lock()
			seen = append(seen, change)
			mu.Unlock()
		}
	})
	return func() []ViewChanged {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(seen)
	}
}

// only returns what the changes say of one member: busy machines stall, and a
// node may then be taken for dead for a moment whom a test does not mean.
func only(name string, seen func() []ViewChanged, what func(ViewChanged) []Member) []Member {
	var members []Member
	for _, c := range seen() {
		for _, m := range what(c) {
			if m.Name == name {
				members = append(members, m)
			}
		}
	}
	return members
}

// call asks the echo of an identity where it runs, with patience unless told.
func call(c *Cluster, identity, text string, opts ...cluster.GrainCallOption) (string, error) {
	opts = append([]cluster.GrainCallOption{cluster.WithRetryCount(20)}, opts...)
	answer, err := c.Cluster.Request(identity, "Echo", wrapperspb.String(text), opts...)
	if err != nil {
		return "", err
	}
	return answer.(*wrapperspb.StringValue).Value, nil
}

// freeAddress returns a loopback address that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// logTo logs for as long as the test runs; memberlist's last words come later.
func logTo(t *testing.T) *slog.Logger {
	var over atomic.Bool
	t.Cleanup(func() { over.Store(true) })
	return slog.New(slog.NewTextHandler(writerFunc(func(b []byte) (int, error) {
		if !over.Load() {
			t.Logf("%s", b)
		}
		return len(b), nil
	}), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// wall is a transport of memberlist that reaches nobody behind the wall.
type wall struct {
	*memberlist.NetTransport
	behind atomic.Pointer[[]string] // gossip addresses
}

func (w *wall) build(names ...*Cluster) {
	var addrs []string
	for _, c := range names {
		addrs = append(addrs, c.View().Self.Gossip)
	}
	w.behind.Store(&addrs)
}

func (w *wall) blocks(addr string) bool {
	behind := w.behind.Load()
	return behind != nil && slices.Contains(*behind, addr)
}

func (w *wall) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	if w.blocks(a.Addr) {
		return time.Now(), nil // lost on its way
	}
	return w.NetTransport.WriteToAddress(b, a)
}

func (w *wall) DialAddressTimeout(a memberlist.Address, d time.Duration) (net.Conn, error) {
	if w.blocks(a.Addr) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	return w.NetTransport.DialAddressTimeout(a, d)
}

func (w *wall) transport(c *memberlist.Config) (memberlist.NodeAwareTransport, error) {
	t, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{
		BindAddrs: []string{c.BindAddr}, BindPort: c.BindPort, Logger: c.Logger,
	})
	w.NetTransport = t
	return w, err
}
