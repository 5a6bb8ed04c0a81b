package remoting

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// A malformed frame or a call that protoactor does not implement would
// otherwise end the process.
func TestMalformedCallsAreSurvived(t *testing.T) {
	a := newParty(t, 0, nil)
	conn, err := grpc.NewClient(a.system.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
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
	if got := a.links.Panics(); got != 2 {
		t.Errorf("%d panics were counted, want 2", got)
	}
	if err := a.ask(a, actorstest.Patience); err != nil {
		t.Error(err)
	}
}

func TestActorPortTakesHoldersOfTheKeyOnly(t *testing.T) {
	const key = "correct horse battery staple"
	a, b := newParty(t, 0, ring(t, key)), newParty(t, 0, ring(t, key))
	for range 6 {
		if err := errors.Join(a.ask(b, actorstest.Patience), b.ask(a, actorstest.Patience)); err != nil {
			t.Errorf("among holders of the key: %v", err)
		}
	}

	right, wrong := ring(t, key).Peers(), ring(t, "another horse battery staple").Peers()
	anonymous := right.Clone()
	anonymous.Certificates = nil
	greet := func(with credentials.TransportCredentials) error {
		conn, err := grpc.NewClient(a.system.Address(), grpc.WithTransportCredentials(with))
		if err != nil {
			return err
		}
		defer conn.Close()
		ctx, cancel := context.WithTimeout(t.Context(), actorstest.Patience)
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
	a, port := newParty(t, 0, nil), freePort(t)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	ended := make(chan struct{}, 10)
	a.system.EventStream.Subscribe(func(event any) {
		if e, ok := event.(*remote.EndpointTerminatedEvent); ok && e.Address == address {
			ended <- struct{}{}
		}
	})
	a.system.Root.Send(actor.NewPID(address, "echo"), wrapperspb.String("hello"))
	select {
	case <-ended:
	case <-time.After(actorstest.Patience):
		t.Fatal("the failure was not announced")
	}
	failed := time.Now()

	actorstest.Must(t, a.ask(newParty(t, port, nil), actorstest.Patience))
	select {
	case <-ended:
		t.Errorf("a healthy connection was torn down %v after the failure", time.Since(failed))
	case <-time.After(3 * time.Second):
	}
}

// Each ended connection would otherwise end the next one, for as long as there
// is traffic.
func TestEndedConnectionDoesNotEndItsSuccessor(t *testing.T) {
	a, b := newParty(t, 0, nil), newParty(t, 0, nil)
	address := b.system.Address()
	var ended atomic.Int64
	a.system.EventStream.Subscribe(func(event any) {
		if e, ok := event.(*remote.EndpointTerminatedEvent); ok && e.Address == address {
			ended.Add(1)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for ctx.Err() == nil {
				_ = a.ask(b, 100*time.Millisecond)
			}
		})
	}
	const ends = 20
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range ends {
		<-tick.C
		a.system.EventStream.Publish(&remote.EndpointTerminatedEvent{Address: address})
	}
	<-time.After(300 * time.Millisecond)
	stop()
	callers.Wait()
	if got := ended.Load(); got != ends {
		t.Errorf("%d connections ended, want %d", got, ends)
	}
}
