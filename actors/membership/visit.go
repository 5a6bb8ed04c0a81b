package membership

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/protos/problem"
)

// visitor is what a process tells about itself that looks at a cluster and is no member:
// the nodes that it visits answer it, and do not take it in.
const visitor = "\x00rollcall visitor"

// errVisitor is what ends a visit, on both sides. It is not worth a line in a log.
var errVisitor = errors.New("membership: a visitor is shown who is here, and is no member")

// isVisit reports whether somebody who wants to merge is a visitor.
func isVisit(peers []*memberlist.Node) bool {
	return len(peers) == 1 && bytes.Equal(peers[0].Meta, []byte(visitor))
}

// Visitor asks nodes what they would say to a node that wants to join them.
type Visitor struct {
	Cluster string           // the name of the cluster that the node is of
	Name    string           // of the node
	Gossip  string           // host:port by which others reach its gossip; "" if that is not known
	Keys    *clusterkey.Ring // as in [Config]
}

// Visit asks what answers at an address, ip:port, and returns the live members that it
// knows, itself among them. Nobody becomes a member by it. The error is
// [problem.Invalid] if a node would not be let in, as its key, its cluster, its name or
// its protocol is another one, and [problem.Unavailable] if nobody answers.
func (v Visitor) Visit(ctx context.Context, address string) ([]Member, error) {
	calls, hear, err := v.calls(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = calls.Shutdown() }() // of a list that has nobody else in it
	done := make(chan error, 1)
	go func() {
		_, err := calls.Join([]string{address}) // which ends by itself: see TCPTimeout
		done <- err
	}()
	select {
	case err = <-done:
	case <-ctx.Done():
		return nil, problem.Wrap(ctx.Err(), problem.Unavailable, "nothing answers at %s over TCP", address)
	}
	if peers := hear.peers(); peers != nil {
		return v.judge(peers)
	}
	if refused := keyRefusal(Member{Name: v.Name}, address, err); refused != nil {
		return nil, refused.problem()
	}
	return nil, problem.Wrap(err, problem.Unavailable, "nothing answers at %s over TCP", address)
}

// Ping asks what answers at an address, ip:port, for a sign of life over UDP. It answers
// who has the same key only.
func (v Visitor) Ping(ctx context.Context, address string) error {
	calls, _, err := v.calls(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = calls.Shutdown() }()
	to, err := net.ResolveUDPAddr("udp", address)
	for err == nil {
		if _, err := calls.Ping("", to); err == nil {
			return nil
		}
		if pause(ctx, 50*time.Millisecond) != nil {
			break // one packet may be lost, not all of them
		}
	}
	return problem.Wrap(cmp.Or(err, ctx.Err()), problem.Unavailable, "nothing answers at %s over UDP", address)
}

// Greet connects to the actors of a member at its address, host:port, and reports whether
// each side believes the other's key.
func (v Visitor) Greet(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, "the actors at %s are not reached over TCP", address)
	}
	defer conn.Close()
	if v.Keys == nil {
		return nil
	}
	settings := v.Keys.Peers().Clone()
	settings.NextProtos = []string{"h2"} // which gRPC insists on
	secure := tls.Client(conn, settings)
	if err = secure.HandshakeContext(ctx); err == nil {
		// In TLS 1.3 the other side refuses our certificate only now. Otherwise it speaks first.
		if deadline, ok := ctx.Deadline(); ok {
			_ = secure.SetReadDeadline(deadline)
		}
		_, err = secure.Read(make([]byte, 1))
	}
	if err != nil {
		return problem.Wrap(err, problem.Invalid, "the actors at %s do not believe this node's key, or have none; give all nodes the same key", address)
	}
	return nil
}

// judge returns the live members among those whom a node knows.
func (v Visitor) judge(peers []*memberlist.Node) (members []Member, err error) {
	self := Member{Name: v.Name, Gossip: v.Gossip, Protocol: spoken()}
	if v.Gossip == "" {
		self.Name = "" // it may be this node that has the name
	}
	if refused := acquaint(v.Cluster, self, func(string) bool { return false }, peers); refused != nil {
		return nil, refused.problem()
	}
	for _, peer := range peers {
		if m, err := decodeMeta(peer.Meta); err == nil && peer.State == memberlist.StateAlive && !m.leaving {
			members = append(members, m.member(peer))
		}
	}
	return members, nil
}

// calls returns a list of nobody but the visitor, from where it calls others, and who
// hears what they answer.
func (v Visitor) calls(ctx context.Context, address string) (*memberlist.Memberlist, *visiting, error) {
	from, err := localAddress(ctx, address)
	if err != nil {
		return nil, nil, problem.Wrap(err, problem.Unavailable, "there is no way from this machine to %s", address)
	}
	c, hear := memberlist.DefaultLANConfig(), new(visiting)
	c.Name = "visitor of " + v.Name
	c.BindAddr, c.BindPort = from, 0
	c.ProbeInterval, c.GossipInterval, c.PushPullInterval = 500*time.Millisecond, 0, 0
	c.TCPTimeout = 2 * time.Second
	c.Logger = newGossipLog(slog.New(slog.DiscardHandler))
	c.Delegate, c.Merge = hear, hear
	if keys := v.Keys.Gossip(); len(keys) > 0 {
		if c.Keyring, err = memberlist.NewKeyring(keys, keys[0]); err != nil {
			return nil, nil, fmt.Errorf("use the shared key: %w", err)
		}
	}
	list, err := memberlist.Create(c)
	if err != nil {
		return nil, nil, problem.Wrap(err, problem.Unavailable, "no port of this machine is free to call others from")
	}
	return list, hear, nil
}

// localAddress returns the IP address of this machine that packets to an address are sent
// from. It sends none.
func localAddress(ctx context.Context, to string) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", to)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	return host, err
}

// visiting is what memberlist calls on the visitor's side.
type visiting struct {
	mu  sync.Mutex
	saw []*memberlist.Node
}

func (v *visiting) peers() []*memberlist.Node {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.saw
}

// NotifyMerge takes note of who is here, and goes.
func (v *visiting) NotifyMerge(peers []*memberlist.Node) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.saw = peers
	return errVisitor
}

// NodeMeta says that this is a visitor.
func (v *visiting) NodeMeta(int) []byte { return []byte(visitor) }

// What memberlist can carry besides is not used.
func (v *visiting) NotifyMsg([]byte)                {}
func (v *visiting) GetBroadcasts(int, int) [][]byte { return nil }
func (v *visiting) LocalState(bool) []byte          { return nil }
func (v *visiting) MergeRemoteState([]byte, bool)   {}
