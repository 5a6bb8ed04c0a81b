package actors

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// fixture is a cluster in this process: real nodes over loopback, on one SQLite
// file and without Redis.
type fixture struct {
	t       *testing.T
	users   *identity.Store
	members []*membership.Cluster
	leave   time.Duration // how long a goodbye takes
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	users, err := identity.Open(t.Context(), filepath.Join(t.TempDir(), "users.db"), quiet())
	must(t, err)
	t.Cleanup(func() { must(t, users.Close()) })
	must(t, users.Migrator().Reset(t.Context()))
	f := &fixture{t: t, users: users, leave: time.Millisecond}
	t.Cleanup(f.end)
	return f
}

// end ends all members at once, without goodbyes, which take their time.
func (f *fixture) end() {
	var ending sync.WaitGroup
	for _, m := range f.members {
		ending.Go(func() {
			vanish(m)
			if err := m.Shutdown(context.Background()); err != nil {
				f.t.Error(err)
			}
		})
	}
	ending.Wait()
}

// vanish ends all that others could see of a member, as a crash does.
func vanish(m *membership.Cluster) {
	m.Cluster.Remote.Shutdown(false)
	_ = m.Cluster.Config.ClusterProvider.Shutdown(false)
	defer func() { _ = recover() }() // memberlist's way to say that it is too late for a goodbye
	_ = m.Leave(context.Background())
}

// join starts a member that every other one sees.
func (f *fixture) join(kinds ...*cluster.Kind) *membership.Cluster {
	f.t.Helper()
	config := membership.Config{
		Cluster: "test", Name: fmt.Sprintf("node-%d", len(f.members)+1),
		ActorAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0", Kinds: kinds,
		Timings: membership.Timings{LeaveWait: f.leave},
	}
	for _, m := range f.members {
		config.Join = append(config.Join, m.View().Self.Gossip)
	}
	c, err := membership.Start(f.t.Context(), config)
	must(f.t, err)
	f.members = append(f.members, c)
	for _, m := range f.members {
		eventually(f.t, "all to see each other", func() bool { return len(m.View().Members) == len(f.members) })
	}
	return c
}

// start starts a node.
func (f *fixture) start(change ...func(*Config)) *testNode {
	f.t.Helper()
	c := f.join(NewRoomKind())
	config := Config{Membership: c, Users: f.users, Logger: slog.New(slog.DiscardHandler), RollDeadline: patience, joinPatience: patience / 2}
	for _, with := range change {
		with(&config)
	}
	n, err := Start(config)
	must(f.t, err)
	node := &testNode{Node: n, t: f.t}
	f.t.Cleanup(node.halt)
	return node
}

// nodes starts several.
func (f *fixture) nodes(count int, change ...func(*Config)) []*testNode {
	f.t.Helper()
	nodes := make([]*testNode, count)
	for i := range nodes {
		nodes[i] = f.start(change...)
	}
	return nodes
}

// testNode is a node under test.
type testNode struct {
	*Node
	t *testing.T
}

func (n *testNode) halt() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Stop(ctx); err != nil {
		n.t.Errorf("stop %s: %v", n.name, err)
	}
}

// unplug ends the node's links to other nodes, while it goes on to gossip.
func (n *testNode) unplug() { n.membership.Cluster.Remote.Shutdown(false) }

// crash ends all that the others could see of the node.
func (n *testNode) crash() { vanish(n.membership) }

func (n *testNode) call(room string) *Roll {
	n.t.Helper()
	roll, err := n.CallRoll(n.t.Context(), room)
	must(n.t, err)
	return roll
}

// wants reports whether the node's roll is complete and of exactly these clients.
func (n *testNode) wants(room string, clients ...*client) bool {
	n.t.Helper()
	roll := n.call(room)
	return roll.Complete() && bytes.Equal(roll.Body, bodyOf(clients))
}

// bodyOf is the answer of a room with these clients.
func bodyOf(clients []*client) []byte {
	var entries []Entry
	for _, c := range clients {
		entries = append(entries, Entry{Socket: c.id, User: c.user})
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Socket, b.Socket) })
	return mergeJSON([]NodeAnswer{{Entries: entries}})
}

// exactEverywhere fails the test unless each node answers with these clients now.
func exactEverywhere(t *testing.T, nodes []*testNode, room string, clients ...*client) {
	t.Helper()
	for _, n := range nodes {
		if roll := n.call(room); !roll.Complete() || !bytes.Equal(roll.Body, bodyOf(clients)) {
			t.Fatalf("%s answers\n%s (missing %v), want\n%s", n.name, roll.Body, roll.Missing(), bodyOf(clients))
		}
	}
}

// soonExactEverywhere waits until each node answers with these clients.
func soonExactEverywhere(t *testing.T, nodes []*testNode, room string, clients ...*client) {
	t.Helper()
	for _, n := range nodes {
		eventually(t, "an exact roll on "+n.name, func() bool { return n.wants(room, clients...) })
	}
}

// client is a client whose transport is in memory. It records what it is sent.
type client struct {
	t    *testing.T
	line *Line
	user int64
	id   string // public, once joined

	mu     sync.Mutex
	frames []string
	closed session.Reason
	news   chan struct{} // closed with each change
	stuck  chan struct{} // not nil: Write waits until it is closed
}

var _ Transport = (*client)(nil)

// Write takes frames, unless the client is stuck.
func (c *client) Write(frames []*Frame) error {
	c.mu.Lock()
	stuck := c.stuck
	c.mu.Unlock()
	if stuck != nil {
		<-stuck
		return net.ErrClosed
	}
	c.change(func() {
		for _, f := range frames {
			c.frames = append(c.frames, string(f.Data))
		}
	})
	return nil
}

// Close notes why the transport was closed.
func (c *client) Close(reason session.Reason) {
	c.change(func() {
		if c.closed == "" {
			c.closed = reason
		}
		if c.stuck != nil {
			close(c.stuck)
			c.stuck = nil
		}
	})
}

func (c *client) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
	close(c.news)
	c.news = make(chan struct{})
}

// stick lets the client read nothing more.
func (c *client) stick() { c.change(func() { c.stuck = make(chan struct{}) }) }

// got returns what the client was sent, all of it or what begins so.
func (c *client) got(prefix string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var frames []string
	for _, f := range c.frames {
		if strings.HasPrefix(f, prefix) {
			frames = append(frames, f)
		}
	}
	return frames
}

// awaits waits until something is so.
func (c *client) awaits(what string, is func() bool) {
	c.t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		c.mu.Lock()
		news := c.news
		c.mu.Unlock()
		if is() {
			return
		}
		select {
		case <-news:
		case <-end.C:
			c.t.Fatalf("client %s of user %d waited in vain for %s; it got\n%s", c.id, c.user, what, strings.Join(c.got(""), "\n"))
		}
	}
}

// hears waits for a frame that begins so, and returns it.
func (c *client) hears(prefix string) string {
	c.t.Helper()
	c.awaits(prefix, func() bool { return len(c.got(prefix)) > 0 })
	return c.got(prefix)[0]
}

// ends waits until the transport was closed, and returns why.
func (c *client) ends() session.Reason {
	c.t.Helper()
	reason := func() session.Reason {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.closed
	}
	c.awaits("its end", func() bool { return reason() != "" })
	return reason()
}

func (c *client) says(frames ...string) {
	for _, f := range frames {
		c.line.Receive([]byte(f), false)
	}
}

// leaves closes the connection.
func (c *client) leaves() { c.line.Lost(session.TransportClose) }

func testWire() *Wire {
	return &Wire{
		Heartbeat:      session.Heartbeat{Interval: time.Minute, Timeout: time.Minute},
		ConnectTimeout: time.Minute, MaxPayload: 1 << 20, Outbound: 1 << 20,
	}
}

// dial opens a connection with a query and no word said.
func (n *testNode) dial(version engineio.Version, app Application, change ...func(*Wire)) *client {
	wire := testWire()
	for _, with := range change {
		with(wire)
	}
	c := &client{t: n.t, news: make(chan struct{})}
	c.line = n.Open(Opening{Version: version, Transport: c, Application: app, Wire: wire})
	return c
}

func as(room string, user int64) url.Values {
	return url.Values{"room": {room}, "id_user": {fmt.Sprint(user)}}
}

// enters begins to join a room.
func (n *testNode) enters(room string, user int64, change ...func(*Wire)) *client {
	c := n.dial(engineio.V4, n.Attend(as(room, user)), change...)
	c.user = user
	c.says("40")
	return c
}

// connects joins a room and has got its handshake.
func (n *testNode) connects(room string, user int64, change ...func(*Wire)) *client {
	n.t.Helper()
	c := n.enters(room, user, change...)
	c.greeted()
	return c
}

// greeted waits for the handshake.
func (c *client) greeted() {
	c.t.Helper()
	c.id = sidIn(c.t, c.hears(`40{"sid":`)[2:])
	c.hears(`42["handshake",`)
}

// sidIn returns the sid of the JSON of an open or connect packet.
func sidIn(t *testing.T, text string) string {
	t.Helper()
	var body struct{ SID string }
	must(t, json.Unmarshal([]byte(text), &body))
	return body.SID
}

// event is a room event as a client got it.
type event struct {
	name, id   string
	user       int64
	epoch, seq uint64
}

// events returns the joins and leaves that a client was told.
func (c *client) events() []event {
	c.t.Helper()
	var list []event
	for _, frame := range c.got(`42["socket-`) {
		var parts []json.RawMessage
		must(c.t, json.Unmarshal([]byte(frame[2:]), &parts))
		var e event
		var more struct {
			User       int64 `json:"id_user"`
			Epoch, Seq uint64
		}
		must(c.t, json.Unmarshal(parts[0], &e.name))
		must(c.t, json.Unmarshal(parts[1], &e.id))
		must(c.t, json.Unmarshal(parts[2], &more))
		e.user, e.epoch, e.seq = more.User, more.Epoch, more.Seq
		list = append(list, e)
	}
	return list
}

func connected(c *client) string    { return `42["socket-connected","` + c.id + `"` }
func disconnected(c *client) string { return `42["socket-disconnected","` + c.id + `"` }

// puppet is a member without rooms whose node actor does what a test wants.
type puppet struct {
	*membership.Cluster
	entries []Entry // its roster of every room
	version uint64
	silent  bool // answers no roll call by itself

	mu    sync.Mutex
	calls []ask
	heard []*protos.RoomEvents
}

// ask is a roll call that a puppet was asked to answer.
type ask struct {
	*protos.RollCall
	sender *actor.PID
}

func (f *fixture) puppet(silent bool, entries ...Entry) *puppet {
	f.t.Helper()
	p := &puppet{Cluster: f.join(), silent: silent, entries: entries, version: 1}
	_, err := p.System.Root.SpawnNamed(actor.PropsFromFunc(p.receive), nodeActorName)
	must(f.t, err)
	return p
}

func (p *puppet) receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *protos.RollCall:
		p.mu.Lock()
		defer p.mu.Unlock()
		a := ask{msg, ctx.Sender()}
		p.calls = append(p.calls, a)
		if !p.silent {
			p.reply(a)
		}
	case *protos.RoomEvents:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.heard = append(p.heard, msg)
	case *protos.WhoHasRoster:
		ctx.Respond(&protos.Registration{Node: p.name(), Incarnation: p.System.ID, HasRoster: true})
	}
}

func (p *puppet) name() string { return p.View().Self.Name }

// has changes the roster of the puppet without telling anybody.
func (p *puppet) has(version uint64, entries ...Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.version, p.entries = version, entries
}

// answers answers the roll calls from the first to the last of those numbers.
func (p *puppet) answers(first, last int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.calls[first : last+1] {
		p.reply(a)
	}
}

func (p *puppet) reply(a ask) {
	p.System.Root.Send(a.sender, &protos.RollReply{
		Call: a.GetCall(), Node: p.name(), Incarnation: p.System.ID, Version: p.version, Part: encodePart(p.entries),
	})
}

// asked returns how many roll calls have come.
func (p *puppet) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.calls)
}

// tells sends changes of the puppet's roster to a node, unnumbered.
func (p *puppet) tells(n *testNode, room string, changes ...*protos.RosterChange) {
	self := n.membership.View().Self
	p.System.Root.Send(frontDoor(self), &protos.RoomEvents{
		Room: room, Node: p.name(), Incarnation: p.System.ID, Changes: changes,
	})
}
