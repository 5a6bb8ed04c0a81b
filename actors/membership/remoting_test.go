package membership

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// A malformed frame or a call that protoactor does not implement would
// otherwise end the process.
func TestMalformedCallsAreSurvived(t *testing.T) {
	f := newFixture(t)
	a := f.start(f.config("node-1"))
	conn, err := grpc.NewClient(a.System.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := remote.NewRemotingClient(conn)

	stream, err := client.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&remote.RemoteMessage{MessageType: &remote.RemoteMessage_MessageBatch{MessageBatch: &remote.MessageBatch{
		Envelopes: []*remote.MessageEnvelope{{TypeId: 7, Target: 9}},
	}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err == nil {
		t.Error("a frame that points nowhere was answered")
	}
	if _, err := client.ListProcesses(t.Context(), &remote.ListProcessesRequest{}); err == nil {
		t.Error("a call that does not exist was answered")
	}
	if got := a.Panics(); got != 2 {
		t.Errorf("%d panics were counted, want 2", got)
	}
	if _, err := call(a, "still here", "where"); err != nil {
		t.Error(err)
	}
}

func TestActorPortTakesHoldersOfTheKeyOnly(t *testing.T) {
	const key = "correct horse battery staple"
	f := newFixture(t)
	config := f.config("node-1")
	config.Keys = ring(t, key)
	a := f.start(config)
	config = f.config("node-2")
	config.Keys = ring(t, key)
	b := f.start(config, a)
	awaitView(t, a, "to see both", func(v *View) bool { return len(v.Members) == 2 })
	for _, identity := range []string{"1", "2", "3", "4", "5", "6"} { // some of them remote
		for _, c := range []*Cluster{a, b} {
			if _, err := call(c, identity, "where"); err != nil {
				t.Errorf("among holders of the key: %v", err)
			}
		}
	}

	right, wrong := ring(t, key).Peers(), ring(t, "another horse battery staple").Peers()
	anonymous := right.Clone()
	anonymous.Certificates = nil
	greet := func(with credentials.TransportCredentials) error {
		conn, err := grpc.NewClient(a.System.Address(), grpc.WithTransportCredentials(with))
		if err != nil {
			return err
		}
		defer conn.Close()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		stream, err := remote.NewRemotingClient(conn).Receive(ctx)
		if err != nil {
			return err
		}
		_ = stream.Send(&remote.RemoteMessage{MessageType: &remote.RemoteMessage_ConnectRequest{ConnectRequest: &remote.ConnectRequest{
			ConnectionType: &remote.ConnectRequest_ServerConnection{ServerConnection: &remote.ServerConnection{SystemId: "x", Address: "x"}},
		}}})
		_, err = stream.Recv()
		return err
	}
	if err := greet(credentials.NewTLS(right)); err != nil {
		t.Errorf("with the key: %v", err)
	}
	for who, with := range map[string]credentials.TransportCredentials{
		"plain text":                         insecure.NewCredentials(),
		"other key":                          credentials.NewTLS(wrong),
		"no certificate, server not checked": credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}),
		"no certificate":                     credentials.NewTLS(anonymous),
	} {
		if err := greet(with); err == nil {
			t.Errorf("%s is let in", who)
		}
	}
}

// protoactor would sleep for two seconds after a failed attempt, and then tear
// down the connection to the node that was started at that address meanwhile.
func TestNodeIsReachedAtOnceWhereNobodyWas(t *testing.T) {
	f := newFixture(t)
	a := f.start(f.config("node-1"))
	address := freeAddress(t)
	target := actor.NewPID(address, placementName)
	request := &cluster.ActivationRequest{ClusterIdentity: cluster.NewClusterIdentity("1", "Echo")}
	ended := make(chan struct{}, 10)
	a.System.EventStream.Subscribe(func(event any) {
		if e, ok := event.(*remote.EndpointTerminatedEvent); ok && e.Address == address {
			ended <- struct{}{}
		}
	})
	a.System.Root.Send(target, request)
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("the failure was not announced")
	}
	failed := time.Now()

	startChild(t, "node-2", address, "").line()
	if _, err := a.System.Root.RequestFuture(target, request, patience).Result(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
		t.Errorf("a healthy connection was torn down %v after the failure", time.Since(failed))
	case <-time.After(3 * time.Second):
	}
}

// Each ended connection would otherwise end the next one, for as long as there
// is traffic.
func TestEndedConnectionDoesNotEndItsSuccessor(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(2)
	address := nodes[1].System.Address()
	far := 0
	for owner := ""; owner != "node-2"; far++ {
		m, _ := nodes[0].View().Owner(fmt.Sprint(far + 1))
		owner = m.Name
	}
	var ended atomic.Int64
	nodes[0].System.EventStream.Subscribe(func(event any) {
		if e, ok := event.(*remote.EndpointTerminatedEvent); ok && e.Address == address {
			ended.Add(1)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for ctx.Err() == nil {
				_, _ = call(nodes[0], fmt.Sprint(far), "where", cluster.WithTimeout(100*time.Millisecond))
			}
		})
	}
	const ends = 20
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range ends {
		<-tick.C
		nodes[0].System.EventStream.Publish(&remote.EndpointTerminatedEvent{Address: address})
	}
	<-time.After(300 * time.Millisecond)
	stop()
	callers.Wait()
	if got := ended.Load(); got != ends {
		t.Errorf("%d connections ended, want %d", got, ends)
	}
}
