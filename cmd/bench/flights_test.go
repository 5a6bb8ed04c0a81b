package main

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"
)

func TestSenderIsReadOutOfAnEvent(t *testing.T) {
	for _, sender := range []int{0, 7, 63, 123456} {
		for _, event := range [][]byte{relayed(sender), emitted(sender)} {
			if got, ok := senderOf(event); !ok || got != sender {
				t.Errorf("%s: %d, %v", event, got, ok)
			}
		}
	}
}

func TestOtherEventsHaveNoSender(t *testing.T) {
	for _, event := range []string{
		"", `42["identity-change",`, `42["identity-change",{"id_user":"1","version":2}]`, `42["identity-change",{"from":}]`,
		`42["identity-change",{"from":1}`, `42["identity-change",{"from":x1}]`, `42["socket-connected","x",{"from":1}]`,
		`42["identity-change",{"from":99999999999999999999}]`,
	} {
		if sender, ok := senderOf([]byte(event)); ok {
			t.Errorf("%s: %d", event, sender)
		}
	}
}

func FuzzSenderOf(f *testing.F) {
	f.Add(relayed(12))
	f.Fuzz(func(t *testing.T, event []byte) {
		if sender, ok := senderOf(event); ok && sender < 0 {
			t.Errorf("%q: %d", event, sender)
		}
	})
}

func TestNextEventFollowsWhenAllOthersHaveSeenTheLast(t *testing.T) {
	sent := make([]int, 2)
	f := newFlights(4, 2, func(sender int) error {
		sent[sender]++
		return nil
	})
	f.start()
	for range 2 {
		f.heard(relayed(0))
		f.heard(relayed(1))
	}
	if sent[0] != 1 || sent[1] != 1 || f.landed.Load() != 0 {
		t.Fatalf("sent %v, landed %d, before all had seen any", sent, f.landed.Load())
	}
	f.heard(relayed(1))
	if sent[0] != 1 || sent[1] != 2 || f.landed.Load() != 1 {
		t.Fatalf("sent %v, landed %d, when all had seen that of 1", sent, f.landed.Load())
	}
	if err := f.end(t.Context(), time.Millisecond); err == nil {
		t.Error("two events have not landed, and that is no error")
	}
	for range 3 {
		f.heard(relayed(0))
		f.heard(relayed(1))
	}
	if err := f.end(t.Context(), time.Second); err != nil {
		t.Error(err)
	}
}

// TestBareLoopDeliversToAllButTheSender runs the yardstick as it is measured.
func TestBareLoopDeliversToAllButTheSender(t *testing.T) {
	h := newHub()
	go h.run(t.Context())
	server := httptest.NewServer(h)
	defer server.Close()
	const sockets, senders = 20, 3
	var flying *flights
	ready := make(chan struct{})
	crowd, err := gather(sockets, enterAt(t.Context(), server.Listener.Addr().String()), func(message []byte) {
		<-ready
		flying.heard(message)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer crowd.disperse()
	flying = newFlights(sockets, senders, func(sender int) error { return crowd.conns[sender].Send(relayed(sender)) })
	close(ready)
	flying.start()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); flying.landed.Load() < 100; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("only %d events landed", flying.landed.Load())
		}
	}
	if err := flying.end(t.Context(), 10*time.Second); err != nil {
		t.Error(err)
	}
	if err := crowd.whole(); err != nil {
		t.Error(err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wait(ctx, time.Hour); err == nil {
		t.Error("no error")
	}
}
