//go:build linux

package attacks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"github.com/hashicorp/memberlist"
	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// datagrams sends what next returns to the nodes' gossip, over and over.
func (b *band) datagrams(next func(node *harness.Node, turn int) []byte) {
	b.together(1, func(int) error {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: b.from})
		if err != nil {
			return err
		}
		defer conn.Close()
		for turn := 0; b.ctx.Err() == nil; turn++ {
			for _, n := range b.cluster.Nodes {
				to, err := net.ResolveUDPAddr("udp", n.Gossip)
				if err != nil {
					return err
				}
				if _, err := conn.WriteToUDP(next(n, turn), to); err == nil {
					b.count("datagrams", 1)
				}
			}
			if turn%50 == 49 {
				crowd.Wait(b.ctx, 10*time.Millisecond)
			}
		}
		return nil
	})
}

// spied returns what the members of the cluster tell about themselves, by their names, if
// the nodes tell it to one without a key.
func (b *band) spied() map[string][]byte {
	known := make(map[string][]byte)
	config := memberlist.DefaultLANConfig()
	config.Name, config.BindAddr, config.BindPort = "stranger", b.from.String(), 0
	config.Logger = log.New(io.Discard, "", 0)
	m, err := memberlist.Create(config)
	if err != nil {
		b.Errorf("a stranger's memberlist: %v", err)
		return known
	}
	defer func() { _ = m.Shutdown() }()
	_, _ = m.Join([]string{b.node.Gossip}) // it is refused, and has heard enough
	for _, member := range m.Members() {
		known[member.Name] = member.Meta
	}
	return known
}

// whispers has a stranger say a few times that a member is elsewhere.
func (b *band) whispers() {
	const times = 11
	metas, about := b.spied(), b.cluster.Nodes[nodes-1].Name
	b.datagrams(func(_ *harness.Node, turn int) []byte {
		if turn >= times {
			<-b.ctx.Done()
		}
		return alive(about, uint32(1000+turn), 9, metas[about])
	})
}

// lies has strangers say over and over that members are elsewhere, are suspected or dead.
func (b *band) lies() {
	metas := b.spied()
	b.datagrams(func(n *harness.Node, turn int) []byte {
		about := b.cluster.Nodes[turn%len(b.cluster.Nodes)].Name
		incarnation := uint32(1000 + turn)
		switch turn / len(b.cluster.Nodes) % 4 {
		case 0:
			return alive(about, incarnation, 9, metas[about])
		case 1:
			return accused(suspectMessage, about, n.Name, incarnation)
		case 2:
			return accused(deadMessage, about, n.Name, incarnation)
		default:
			return alive("node-\x1b[31m\xff"+fmt.Sprint(turn%7), incarnation, 9, metas[about])
		}
	})
}

// forgeries has one at Redis say again what nodes have said, and say that users have
// versions that nobody made.
func (b *band) forgeries() {
	client := redis.NewClient(&redis.Options{Addr: b.cluster.Redis.Addr()})
	heard := client.PSubscribe(b.ctx, "*")
	b.busy.Go(func() {
		defer client.Close()
		defer heard.Close()
		for {
			message, err := heard.ReceiveMessage(b.ctx)
			if err != nil {
				return
			}
			for _, forged := range [][]byte{[]byte(message.Payload), forgery(message.Payload)} {
				// What it has published itself comes back, too: each is said twice at most.
				if forged != nil && b.counted("messages") < 2000 && client.Publish(b.ctx, message.Channel, forged).Err() == nil {
					b.count("messages", 1)
				}
			}
		}
	})
}

// forgery raises the version of a change to the highest there is, and its number by one.
func forgery(payload string) []byte {
	var said map[string]any
	if json.Unmarshal([]byte(payload), &said) != nil {
		return nil
	}
	change, ok := said["change"].(map[string]any)
	if !ok {
		return nil
	}
	change["version"] = int64(math.MaxInt64 >> 10)
	if seq, ok := change["seq"].(float64); ok {
		change["seq"] = int64(seq) + 1
	}
	forged, err := json.Marshal(said)
	if err != nil {
		return nil
	}
	return forged
}

// poison has a client of the actor port tell the node's actor to end, and forge a roll's
// question. Without the key it must not be heard.
func (b *band) poison() {
	b.together(1, func(int) error {
		conn, err := grpc.NewClient(b.node.Actor, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return err
		}
		defer conn.Close()
		ctx, cancel := context.WithTimeout(b.ctx, time.Second)
		defer cancel()
		stream, err := remote.NewRemotingClient(conn).Receive(ctx)
		if err == nil {
			err = stream.Send(&remote.RemoteMessage{MessageType: &remote.RemoteMessage_MessageBatch{MessageBatch: &remote.MessageBatch{
				TypeNames: []string{"actor.PoisonPill"}, Targets: []*actor.PID{{Id: "node"}}, Envelopes: []*remote.MessageEnvelope{{}},
			}}})
		}
		if err == nil {
			_, err = stream.Recv()
		}
		if err != nil {
			b.count("refused", 1)
		}
		return err
	})
}

// foreigners has nodes of another cluster, with the names of ours, join ours.
func (b *band) foreigners() {
	places := harness.LocalPlaces(b, 2)
	for i, place := range places {
		var output harness.Output
		cmd := exec.CommandContext(b.ctx, os.Getenv(harness.ProgramVariable), "serve", "--auth", "none", "--name", fmt.Sprintf("node-%d", i+1),
			"--cluster-name", "stag", "--data", b.TempDir(), "--listen", place.Listen, "--actor", place.Actor, "--gossip", place.Gossip,
			"--join", strings.Join([]string{places[0].Gossip, b.node.Gossip, b.cluster.Nodes[1].Gossip}, ","))
		cmd.Stdout, cmd.Stderr = &output, &output
		b.busy.Go(func() {
			if err := cmd.Start(); err != nil {
				b.Errorf("a node of another cluster: %v", err)
				return
			}
			b.count("foreign nodes", 1)
			_ = cmd.Wait()
		})
	}
}

// What strangers may do on the network of the cluster, with or without its key.
func peers() []attack {
	actors := func(do func(*band)) func(*band) {
		return func(b *band) { b.to = b.node.Actor; do(b) }
	}
	gossip := func(do func(*band)) func(*band) {
		return func(b *band) { b.to = b.node.Gossip; do(b) }
	}
	noise := bytes.Repeat([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x04\x04\x00\x00\x00\x00\x00\x09\xff"), 100)
	return []attack{
		{name: "silent connections to the actors", short: true, does: actors(func(b *band) { b.hold(500, "", nil) })},
		{name: "silent connections to gossip", does: gossip(func(b *band) { b.hold(500, "", nil) })},
		{name: "noise to the actors", does: actors(func(b *band) { b.stream(4, func(_, turn int) []byte { return noise[turn%3:] }) })},
		{name: "noise to gossip", does: gossip(func(b *band) {
			b.stream(4, func(_, turn int) []byte { return noise[turn%31:] })
			b.datagrams(func(_ *harness.Node, turn int) []byte { return noise[turn%700 : 700+turn%700] })
		})},
		{name: "TLS handshakes with the actors", does: actors(func(b *band) {
			first := hello(b)
			b.together(8, func(int) error {
				conn, err := b.dial()
				if err != nil {
					return err
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, first)
				b.count("handshakes", 1)
				_, err = conn.Read(make([]byte, 1))
				return err
			})
		})},
		{name: "nodes of another cluster, with the names of ours, that join ours", does: func(b *band) { b.foreigners() }},
		{name: "changes of users forged and repeated at Redis", short: true, does: func(b *band) { b.forgeries() }},
	}
}

// Without a key everybody on the network is as good as a node, so that it is for one
// machine: but no stranger ends a node by the way.
func TestStrangersWhereThereIsNoKeyEndNobody(t *testing.T) {
	of := extentOf(t)
	if !of.everything {
		return
	}
	s := lay(t, of)
	for _, of := range append(peers(), attack{
		name: "eleven datagrams that say that a member is elsewhere", does: func(b *band) { b.whispers() },
	}) {
		s.play(t, of)
	}
	s.report(t)
}

func TestStrangersWithoutTheKeyHurtNobody(t *testing.T) {
	s := lay(t, extentOf(t), "--cluster-key", "the key of this very cluster")
	for _, of := range append(peers(), []attack{
		{name: "datagrams that say that members are elsewhere, or dead", short: true, does: func(b *band) { b.lies() }},
		{name: "a client of the actors that tells them to end", short: true, does: func(b *band) { b.poison() }},
	}...) {
		s.play(t, of)
	}
	s.report(t)
}

// Who says nothing to the ports of the cluster is cut off.
func TestSilentCallersAreCutOff(t *testing.T) {
	const cutOff = 5 * time.Second
	n := alone(t)
	for what, address := range map[string]string{"actors": n.Actor, "gossip": n.Gossip} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		began := time.Now()
		if err := conn.SetReadDeadline(began.Add(harness.Patience)); err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, conn) // gRPC says something first
		if took := time.Since(began); os.IsTimeout(err) {
			t.Errorf("%s: a silent caller is still there after %v", what, took)
		} else {
			t.Logf("%s: cut off after %v; promised: %v", what, took.Round(time.Millisecond), cutOff)
		}
	}
}
