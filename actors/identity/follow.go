package identity

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/protos/pubsub"
)

const (
	pingEvery   = 500 * time.Millisecond // a subscription is asked for a sign of life, and probed
	mostPings   = 5                      // and given up when none came for so many
	redialEvery = 500 * time.Millisecond

	silenceLimit = mostPings * pingEvery
)

var errSilent = errors.New("the subscription is dead: Redis does not answer")

// signal is what the bus has to say: that it is up, that it is down and why, a
// message, how far the log reaches and who can be heard, that something came that was no
// message, or that Redis refuses what is published.
type signal struct {
	kind    signalKind
	message pubsub.Message // if heard
	seq     int64          // if up or reached: of a change; 0 for none
	beacon  pubsub.Beacon  // if up or reached
	err     error          // if down, garbled or mute
	hint    bool           // anybody may have said it, or said it again
}

type signalKind int

const (
	down    signalKind = iota // what is published from now on may be missed
	up                        // what is published from now on will be heard
	heard                     // a message
	reached                   // a probe came
	garbled                   // a malformed message
	mute                      // Redis answers what is published with an error; it is heard, perhaps
)

// follow sends what is heard on the bus to signals until ctx ends. It subscribes
// again whenever the connection broke or went silent, and says up each time. The
// beacon is for its probes. A nil Bus, of a node without Redis, is never up.
func (b *Bus) follow(ctx context.Context, beacon func() pubsub.Beacon, signals chan<- signal) {
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
		err := b.listen(ctx, beacon, send)
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

// listen subscribes once, and returns why the subscription ended. It reads without a
// deadline: one that passes while this process stands still would throw away what came
// meanwhile. Whether Redis is silent is judged by the pings that this process has sent.
func (b *Bus) listen(ctx context.Context, beacon func() pubsub.Beacon, send func(signal) bool) error {
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
	prober := newProber(beacon)
	b.prober.Store(prober)
	var unanswered atomic.Int32 // pings
	pings.Go(func() {
		if b.keepAlive(ctx, subscription, prober, &unanswered, send) {
			_ = subscription.Close() // ends the read below
		}
	})
	for {
		received, err := subscription.Receive(ctx)
		switch {
		case err != nil && unanswered.Load() >= mostPings:
			return errSilent
		case err != nil:
			return fmt.Errorf("listen: %w", err)
		}
		unanswered.Store(0)
		if pong, ok := received.(*redis.Pong); ok && prober.deaf(time.Now(), pong.Payload) {
			return errDeaf
		}
		if s, ok := b.interpret(received, prober); ok && !send(s) {
			return ctx.Err()
		}
	}
}

// keepAlive pings and probes until ctx ends, or nothing came for several pings: then it
// reports silence. It counts pings and not time, for it sends none while this process
// stands still. It need not look at errors: the reader notices.
func (b *Bus) keepAlive(ctx context.Context, subscription *redis.PubSub, prober *prober, unanswered *atomic.Int32, send func(signal) bool) (silent bool) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	said := "" // by Redis, of the last probe
	probe := func() {
		why := prober.send(ctx, b)
		if why == nil {
			said = ""
		} else if why.Error() != said {
			said = why.Error()
			send(signal{kind: mute, err: why})
		}
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-prober.soon:
			probe()
		case <-tick.C:
			if unanswered.Load() >= mostPings {
				return true
			}
			unanswered.Add(1)
			_ = subscription.Ping(ctx, prober.vouch())
			probe()
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
		text, hint, err := b.unwrap(received.Payload, time.Now())
		var message pubsub.Message
		if err == nil {
			message, err = pubsub.Decode([]byte(text))
		}
		if err != nil {
			return signal{kind: garbled, err: err}, true
		}
		if m, ok := message.(pubsub.Probe); ok {
			s := signal{kind: reached, seq: m.Seq, beacon: m.Beacon, hint: hint}
			if prober.heard(m) {
				s.kind = up
			}
			return s, true
		}
		return signal{kind: heard, message: message, hint: hint}, message != nil
	}
	return signal{}, false
}
