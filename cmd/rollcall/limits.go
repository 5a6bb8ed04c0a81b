package main

import (
	"fmt"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

// Limits says what clients may use of a node.
type Limits struct {
	PacketRate     int           `group:"clients" env:"ROLLCALL_PACKET_RATE" default:"1000" placeholder:"N" help:"How many packets a second one client may send, over a while; for a moment twice as many. Who sends more has to wait, and is disconnected if that goes on for 10 s. 0 for any number. [${default}]"`
	ByteRate       int           `group:"clients" env:"ROLLCALL_BYTE_RATE" default:"10000000" placeholder:"BYTES" help:"How many bytes a second one client may send, over a while; for a moment twice as many, or one longest message, counted as they are after decompression. Who sends more has to wait, and is disconnected if that goes on for 10 s. 0 for any number. [${default}]"`
	MaxPerAddress  int           `group:"clients" env:"ROLLCALL_MAX_PER_ADDRESS" default:"0" placeholder:"N" help:"How many connections one IP address may have open at one node; more are refused with 503. Of IPv6 each /64 counts as one. A proxy is one address unless --trusted-proxy names it. 0 for any number. [${default}]"`
	MaxConnections int           `group:"clients" env:"ROLLCALL_MAX_CONNECTIONS" default:"0" placeholder:"N" help:"How many connections one node takes; more are refused with 503. 0 for any number. [${default}]"`
	MaxPerRoom     int           `group:"clients" env:"ROLLCALL_MAX_PER_ROOM" default:"0" placeholder:"N" help:"How many sockets one room takes, in the whole cluster; more are refused. 0 for any number. [${default}]"`
	Outbox         int64         `group:"clients" env:"ROLLCALL_OUTBOX" default:"1048576" placeholder:"BYTES" help:"How many bytes of presence may wait for one client, and as many again of what other clients say: who reads more slowly loses messages, and is told how many; it is disconnected only if it does not take presence either. A message may have half of this, and 524288 at most. 65536 to 67108864. [${default}]"`
	OutboxMemory   int64         `group:"clients" env:"ROLLCALL_OUTBOX_MEMORY" default:"268435456" placeholder:"BYTES" help:"How many bytes may wait for all clients of a node together, each message counted once: with less left, slow readers lose messages first. 1048576 and more. [${default}]"`
	RequestTimeout time.Duration `group:"clients" env:"ROLLCALL_REQUEST_TIMEOUT" default:"30s" placeholder:"TIME" help:"How long an HTTP request may take to arrive, its body included: who is slower, as by a bad connection, is answered with 408; 1s to 1h. [${default}]"`
	Drain          time.Duration `group:"clients" env:"ROLLCALL_DRAIN" default:"5s" placeholder:"TIME" help:"Over how much time a node that stops sends its clients away, at most: so that they do not all come to the other nodes at once; 0s to 1h. Meanwhile /readyz says 503 and no new client is taken. [${default}]"`
	Compression    bool          `group:"clients" env:"ROLLCALL_COMPRESSION" help:"Compress websocket messages of 1 KiB and more for clients that offer it (permessage-deflate). It costs processor time and memory. [off]"`
}

func (l *Limits) check() error {
	switch {
	case l.PacketRate < 0:
		return fmt.Errorf("--packet-rate is %d; it must be a number of packets a second, as 1000, or 0 for any", l.PacketRate)
	case l.ByteRate < 0:
		return fmt.Errorf("--byte-rate is %d; it must be a number of bytes a second, as 10000000, or 0 for any", l.ByteRate)
	case l.MaxPerRoom < 0:
		return fmt.Errorf("--max-per-room is %d; it must be a number of sockets, as 1000, or 0 for any", l.MaxPerRoom)
	case l.MaxConnections < 0:
		return fmt.Errorf("--max-connections is %d; it must be a number of connections, as 10000, or 0 for any", l.MaxConnections)
	case l.MaxPerAddress < 0:
		return fmt.Errorf("--max-per-address is %d; it must be a number of connections, as 100, or 0 for any", l.MaxPerAddress)
	}
	switch {
	case l.Outbox < 64<<10 || l.Outbox > 64<<20:
		return fmt.Errorf("--outbox is %d bytes; it must be %d to %d, as 1048576", l.Outbox, 64<<10, 64<<20)
	case l.OutboxMemory < 1<<20:
		return fmt.Errorf("--outbox-memory is %d bytes; it must be at least %d, as 268435456", l.OutboxMemory, 1<<20)
	}
	return firstError(
		within("--request-timeout", l.RequestTimeout, time.Second, time.Hour),
		within("--drain", l.Drain, 0, time.Hour),
	)
}

// grace is how long a node may take to end after SIGTERM.
func (l *Limits) grace() time.Duration { return l.Drain + supervisor.DefaultGrace }
