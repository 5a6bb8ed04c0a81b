package membership

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rollcall/rollcall/actors/membership/placement"
)

// What ends, watches or stirs up an actor is taken from no other node, and nothing is
// for actors that other nodes do not know, or passed on to another node.
func TestStrangersCommandNoActor(t *testing.T) {
	f := newFixture(t)
	a := f.start(f.config("node-1"))
	if _, err := call(a, "grain", "where"); err != nil {
		t.Fatal(err)
	}
	self := a.Cluster.Get("grain", "Echo")
	if self == nil {
		t.Fatal("the grain is not found")
	}
	address := a.System.Address()
	door, grain := actor.NewPID(address, placement.ActorName), actor.NewPID(address, self.Id)
	for name, attack := range map[string]struct {
		to         *actor.PID
		message    proto.Message
		serializer int32
	}{
		"PoisonPill":            {door, &actor.PoisonPill{}, 0},
		"PoisonPill to grain":   {grain, &actor.PoisonPill{}, 0},
		"PoisonPill in JSON":    {door, &actor.PoisonPill{}, 1},
		"Stop":                  {door, &actor.Stop{}, 0},
		"Watch":                 {door, &actor.Watch{Watcher: actor.NewPID(address, "x")}, 0},
		"Terminated":            {door, &actor.Terminated{Who: grain}, 0},
		"Touch":                 {door, &actor.Touch{}, 0},
		"a topology":            {door, &cluster.ClusterTopology{}, 0},
		"protoactor's own":      {actor.NewPID(address, "EndpointSupervisor"), wrapperspb.String("x"), 0},
		"the activator":         {actor.NewPID(address, "activator"), wrapperspb.String("x"), 0},
		"on to another node":    {actor.NewPID("127.0.0.1:9", placement.ActorName), wrapperspb.String("x"), 0},
		"a message in JSON":     {door, wrapperspb.String("x"), 1},
		"an unknown serialiser": {door, wrapperspb.String("x"), 7},
	} {
		t.Run(name, func(t *testing.T) {
			before := a.Panics()
			if err := deliver(t, address, attack.to, attack.message, attack.serializer); err == nil {
				t.Error("the connection goes on")
			}
			if a.Panics() != before+1 {
				t.Error("it was not counted")
			}
			if where, err := call(a, "grain", "where"); err != nil || !strings.HasSuffix(where, self.Id) {
				t.Errorf("the actors are not what they were: %q, %v", where, err)
			}
		})
	}
	if err := deliver(t, address, door, wrapperspb.String("of no meaning"), 0); !errors.Is(err, io.EOF) {
		t.Errorf("a proper frame is refused: %v", err)
	}
}

// deliver sends one message over a connection of its own, and returns how that ended.
func deliver(t *testing.T, address string, to *actor.PID, message proto.Message, serializer int32) error {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := remote.NewRemotingClient(conn).Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&remote.RemoteMessage{MessageType: &remote.RemoteMessage_MessageBatch{MessageBatch: &remote.MessageBatch{
		TypeNames: []string{string(message.ProtoReflect().Descriptor().FullName())}, Targets: []*actor.PID{to},
		Envelopes: []*remote.MessageEnvelope{{MessageData: data, SerializerId: serializer}},
	}}}); err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	return err
}

const (
	greeting    = 5 * time.Second // how long who connects may take to say who he is
	mostFromOne = 256             // connections that one port takes from one address
)

// Who connects and says nothing is sent away, on both ports.
func silentConnectionsAreClosed(t *testing.T, f *fixture) {
	a := f.start(f.config("node-1"))
	config := f.config("node-2")
	config.Keys = ring(t, "a secret of this test")
	b := f.start(config)
	var silent sync.WaitGroup
	for what, address := range map[string]string{
		"actors": a.System.Address(), "actors with a key": b.System.Address(),
		"gossip": a.View().Self.Gossip, "gossip with a key": b.View().Self.Gossip,
	} {
		silent.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetReadDeadline(time.Now().Add(6 * greeting))
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: held for longer than %v", what, 6*greeting)
			}
		})
	}
	silent.Wait()
}

// One address has so many connections at a time, and everybody together.
func TestConnectionsAreBounded(t *testing.T) {
	f := newFixture(t)
	a := f.start(f.config("node-1"))
	for what, address := range map[string]string{"actors": a.System.Address(), "gossip": a.View().Self.Gossip} {
		var open []net.Conn
		defer func() {
			for _, conn := range open {
				conn.Close()
			}
		}()
		refused := make(chan int, 2*mostFromOne)
		for i := range mostFromOne + 1 {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, conn)
			go func() {
				if _, err := io.Copy(io.Discard, conn); err == nil || !errors.Is(err, net.ErrClosed) {
					refused <- i
				}
			}()
		}
		select {
		case i := <-refused:
			if i < mostFromOne/2 { // the time of those that came first is up
				t.Errorf("%s: connection %d was closed first", what, i)
			}
		case <-time.After(patience):
			t.Errorf("%s: %d connections from one address are open", what, len(open))
		}
	}
}

// Datagrams can come from anybody who knows where a node is. What they say of a node
// that is there ends nobody and changes nothing, and nobody gets in by a name that could
// not be given on the command line.
func spoofedDatagramsEndNobody(t *testing.T, f *fixture) {
	config := f.config("node-1")
	config.Timings.NamePatience = 100 * time.Millisecond
	a := f.start(config)
	b := f.start(f.config("node-2"), a)
	for _, c := range []*Cluster{a, b} {
		awaitView(t, c, "to see both", sees("node-1", "node-2"))
	}
	elsewhere := sampleMeta()
	elsewhere.cluster, elsewhere.protocol, elsewhere.leaving, elsewhere.address = "test", spoken(), false, freeAddress(t)
	told, err := elsewhere.encode()
	if err != nil {
		t.Fatal(err)
	}
	strange := elsewhere
	strange.system = "\x1b[2J"
	unprintable, err := strange.encode()
	if err != nil {
		t.Fatal(err)
	}
	for round := range uint32(11) {
		for _, c := range []*Cluster{a, b} {
			for _, name := range []string{"node-1", "node-2"} {
				spoof(t, c, alive(1000+round, name, told))
			}
			for _, name := range []string{"", "a\x1b[2Jb", "\xff\xfe", "a b", "a\nb", strings.Repeat("n", 64), "é"} {
				spoof(t, c, alive(1000+round, name, told))
			}
			spoof(t, c, alive(1000+round, "node-3", unprintable))
		}
		heard := "heard-" + string(rune('a'+round)) // the rounds are apart as memberlist takes them in
		for _, c := range []*Cluster{a, b} {
			eventually(t, "the datagrams to be heard", func() bool {
				spoof(t, c, alive(1, heard, told))
				_, seen := c.View().ByName(heard)
				return seen || c.View().lists(heard)
			})
		}
	}
	for _, c := range []*Cluster{a, b} {
		eventually(t, "what was said to be looked into", func() bool { return len(c.provider.rivals.claims) == 0 })
		if err := c.Rivalry(); err != nil {
			t.Errorf("%s gives way: %v", c.View().Self.Name, err)
		}
		v := awaitView(t, c, "for those who are there alone", sees("node-1", "node-2"))
		for _, m := range v.Members {
			if m.System != a.System.ID && m.System != b.System.ID {
				t.Errorf("%s takes somebody else for %s", v.Self.Name, m.Name)
			}
		}
		for _, l := range v.Lost {
			if !strings.HasPrefix(l.Name, "heard-") {
				t.Errorf("%s names %q as lost", v.Self.Name, l.Name)
			}
		}
		if _, err := call(c, "still here", "where"); err != nil {
			t.Error(err)
		}
	}
}

func spoof(t *testing.T, c *Cluster, datagram []byte) {
	t.Helper()
	conn, err := net.Dial("udp", c.View().Self.Gossip)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(datagram); err != nil {
		t.Fatal(err)
	}
}

// alive is memberlist's message that a node is there, here at the discard port.
func alive(incarnation uint32, name string, meta []byte) []byte {
	const aliveMsg, fixmap6 = 4, 0x86
	var b bytes.Buffer
	b.Write([]byte{aliveMsg, fixmap6})
	text := func(s string) { // raw 16
		b.WriteByte(0xda)
		_ = binary.Write(&b, binary.BigEndian, uint16(len(s)))
		b.WriteString(s)
	}
	number := func(n uint32) {
		b.WriteByte(0xce)
		_ = binary.Write(&b, binary.BigEndian, n)
	}
	text("Incarnation")
	number(incarnation)
	text("Node")
	text(name)
	text("Addr")
	text("\x7f\x00\x00\x09")
	text("Port")
	number(9)
	text("Meta")
	text(string(meta))
	text("Vsn")
	text("\x01\x05\x02\x00\x00\x00")
	return b.Bytes()
}

func FuzzDecodeAnswer(f *testing.F) {
	f.Add(answer{name: "node-1", gossip: "10.0.0.7:7011", serves: true, meta: sampleMeta()}.encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decodeAnswer(b)
		if err != nil {
			return
		}
		if CheckName(a.name) != nil || !isReachable(a.gossip) || !a.meta.presentable() {
			t.Errorf("%+v is believed", a)
		}
	})
}
