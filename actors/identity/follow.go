package identity

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	pingEvery    = 500 * time.Millisecond  // a subscription is asked for a sign of life, and probed
	silenceLimit = 2500 * time.Millisecond // and given up when none came
	redialEvery  = 500 * time.Millisecond
)

// signal is what the bus has to say: that it is up, that it is down and why, a
// message, how far the log reaches, or that something came that was no message.
type signal struct {
	kind    signalKind
	message Message // if heard
	seq     int64   // if reached
	err     error   // if down or garbled
}

type signalKind int

const (
	down    signalKind = iota // what is published from now on may be missed
	up                        // what is published from now on will be heard
	heard                     // a message
	reached                   // there is a change with that number
	garbled                   // a malformed message
)

// follow sends what is heard on the bus to signals until ctx ends. It subscribes
// again whenever the connection broke or went silent, and says up each time. A
// nil Bus, of a node without Redis, is never up.
func (b *Bus) follow(ctx context.Context, signals chan<- signal) {
	if b == nil {
		<-ctx.Done()
		return
	}
	send := func(s signal) bool {
		select {
		case signals <- s:
			return true
		case <-ctx.Done():
			return false
		}
	}
	redial := time.NewTicker(redialEvery)
	defer redial.Stop()
	for {
		err := b.listen(ctx, send)
		if ctx.Err() != nil || !send(signal{kind: down, err: err}) {
			return
		}
		select {
		case <-redial.C:
		case <-ctx.Done():
			return
		}
	}
}

// listen subscribes once, and returns why the subscription ended.
func (b *Bus) listen(ctx context.Context, send func(signal) bool) error {
	var pings sync.WaitGroup
	defer pings.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	subscription := b.client.Subscribe(ctx)
	defer subscription.Close()
	// A read that waits does not look at ctx.
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })()

	if err := subscription.Subscribe(ctx, b.channel); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	prober := newProber()
	b.prober.Store(prober)
	pings.Go(func() { b.keepAlive(ctx, subscription, prober) })
	for {
		// Redis answers pings, so silence means that nobody is there. A read that
		// timed out may have taken half a message: the connection is not used again.
		received, err := subscription.ReceiveTimeout(ctx, silenceLimit)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		s, ok := b.interpret(received, prober)
		if prober.deaf(time.Now()) { // pongs come at the pace of pings
			return errDeaf
		}
		if ok && !send(s) {
			return ctx.Err()
		}
	}
}

// keepAlive pings and probes until ctx ends. It need not look at errors: the
// reader notices.
func (b *Bus) keepAlive(ctx context.Context, subscription *redis.PubSub, prober *prober) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-prober.soon:
			prober.send(ctx, b)
		case <-tick.C:
			_ = subscription.Ping(ctx)
			prober.send(ctx, b)
		}
	}
}

// interpret returns the signal in what the client received, if there is one.
func (b *Bus) interpret(received any, prober *prober) (signal, bool) {
	switch received := received.(type) {
	case *redis.Subscription:
		// Also sent when the client subscribed again by itself.
		prober.begin()
	case *redis.Message:
		message, err := decode([]byte(received.Payload))
		if err != nil {
			return signal{kind: garbled, err: err}, true
		}
		if m, ok := message.(probe); ok {
			if prober.heard(m) {
				return signal{kind: up}, true
			}
			return signal{kind: reached, seq: m.seq}, m.seq > 0
		}
		return signal{kind: heard, message: message}, message != nil
	}
	return signal{}, false
}
