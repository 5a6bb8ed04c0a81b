package main

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// flights keeps events in flight: each of several sockets sends its next event
// as soon as all others have seen its last one.
type flights struct {
	others int64                  // who see each event: all but its sender
	emit   func(sender int) error // makes that socket send an event
	seen   []atomic.Int64         // of the event under way, by sender
	landed atomic.Int64           // events that all others have seen
	flying sync.WaitGroup
	ending atomic.Bool
	failed atomic.Pointer[error]
}

func newFlights(sockets, senders int, emit func(sender int) error) *flights {
	return &flights{others: int64(sockets) - 1, emit: emit, seen: make([]atomic.Int64, senders)}
}

// eventName begins each event that counts. Others are about joins and leaves.
const eventName = `42["identity-change",`

// relayed returns an event as Rollcall sends it, here of the user of socket
// sender at version 1. Its last field says who sent it.
func relayed(sender int) []byte {
	event := append([]byte(eventName+`{"id_user":`), strconv.Quote(userOf(sender))...)
	event = append(event, `,"version":1,"from":`...)
	event = strconv.AppendInt(event, int64(sender), 10)
	return append(event, "}]"...)
}

// emitted returns the same event as a client sends it to Rollcall.
func emitted(sender int) []byte {
	event := append([]byte(eventName+`{"from":`), strconv.Itoa(sender)...)
	return append(event, "}]"...)
}

// senderOf reads the sender out of an event.
func senderOf(message []byte) (sender int, ok bool) {
	if !bytes.HasPrefix(message, []byte(eventName)) {
		return 0, false
	}
	digits, ok := bytes.CutSuffix(message, []byte("}]"))
	if !ok {
		return 0, false
	}
	from := len(digits)
	for weight := 1; from > 0 && '0' <= digits[from-1] && digits[from-1] <= '9' && weight <= 1e8; weight *= 10 {
		from--
		sender += int(digits[from]-'0') * weight
	}
	return sender, bytes.HasSuffix(digits[:from], []byte(`"from":`)) && from < len(digits)
}

// heard takes a message that some socket received.
func (f *flights) heard(message []byte) {
	sender, ok := senderOf(message)
	if !ok || sender >= len(f.seen) {
		return
	}
	if f.seen[sender].Add(1) < f.others {
		return
	}
	f.seen[sender].Store(0)
	f.landed.Add(1)
	if f.ending.Load() {
		f.flying.Done()
		return
	}
	f.send(sender)
}

func (f *flights) send(sender int) {
	if err := f.emit(sender); err != nil {
		f.failed.CompareAndSwap(nil, &err)
		f.flying.Done()
	}
}

// start sends the first event of each sender.
func (f *flights) start() {
	f.flying.Add(len(f.seen))
	for sender := range f.seen {
		f.send(sender)
	}
}

// end lets the events under way land. An event that does not is an error.
func (f *flights) end(ctx context.Context, patience time.Duration) error {
	f.ending.Store(true)
	landed := make(chan struct{})
	go func() {
		defer close(landed)
		f.flying.Wait()
	}()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-landed:
	case <-ctx.Done():
		return errors.New("events were lost on their way: some have not been seen by all")
	}
	if err := f.failed.Load(); err != nil {
		return *err
	}
	return nil
}
