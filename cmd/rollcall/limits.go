package main

import (
	"fmt"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

// Limits says what clients may use of a node.
type Limits struct {
	PacketRate           int           `group:"clients" env:"ROLLCALL_PACKET_RATE" default:"1000" placeholder:"N" help:"How many packets a second one client may send, over a while; for a moment twice as many. Who sends more has to wait, and is disconnected if that goes on for 10 s. 0 for any number. [${default}]"`
	ByteRate             int           `group:"clients" env:"ROLLCALL_BYTE_RATE" default:"10000000" placeholder:"BYTES" help:"How many bytes a second one client may send, over a while; for a moment twice as many, or one longest message, counted as they are after decompression. Who sends more has to wait, and is disconnected if that goes on for 10 s. 0 for any number. [${default}]"`
	FrameRate            int           `group:"clients" env:"ROLLCALL_FRAME_RATE" default:"5000" placeholder:"N" help:"How many websocket frames a second one client may send, over a while; for a moment twice as many. Fragments count, and empty ones and pings, which cost but say nothing: that is five for each packet. Who sends more has to wait, and is disconnected if that goes on for 10 s. 0 for any number. [${default}]"`
	JoinRate             int           `group:"clients" env:"ROLLCALL_JOIN_RATE" default:"20" placeholder:"N" help:"How many joins and leaves a second one client may cause, over a while; for a moment ten times as many, or three for each room of --max-rooms: all others in the room hear of each. Who does more has to wait; is refused with rate_limited if it pushes on for 5 s; and is disconnected if it ignores that for 30 s. 0 for any number. [${default}]"`
	ChangeRate           int           `group:"clients" env:"ROLLCALL_CHANGE_RATE" default:"20" placeholder:"N" help:"How many identity-change events a second one client may send, over a while; for a moment five times as many: each goes to all its rooms. Who sends more has to wait, or is refused, as with --join-rate. 0 for any number. [${default}]"`
	FanoutRate           int           `group:"clients" env:"ROLLCALL_FANOUT_RATE" default:"10000000" placeholder:"BYTES" help:"How many bytes a second one client may cause to be sent to others, over a while; for a moment ten times as many. What it sends to a room counts once for each socket there, on all nodes, with 256 bytes more for each; a join counts so twice. 60 messages a second to a room of 100 are a third of it. Who causes more has to wait, or is refused, as with --join-rate. 0 for any number. [${default}]"`
	MaxIdentityChange    int           `group:"clients" env:"ROLLCALL_MAX_IDENTITY_CHANGE" default:"8192" placeholder:"BYTES" help:"Longest identity-change event of a client in bytes, its arguments and attachments together: it says that somebody has changed, and goes to every room of its sender; 64 to 524288. [${default}]"`
	BodyMemory           int           `group:"clients" env:"ROLLCALL_BODY_MEMORY" default:"67108864" placeholder:"BYTES" help:"How many bytes of requests' bodies one node holds at a time, of all clients together: what clients that poll send is held until it was taken in. Bodies of 16 KiB and less are not counted. Who finds no room waits before its body is read, and is refused with 503 after 5 s. As many bytes are held besides of websocket messages, and of packets with attachments, that have not come to their end; for more, one is closed: of the address that has the most, who began first. And as many of answers about users, four and more at once. 0 for any number. [${default}]"`
	BodyMemoryPerAddress int           `group:"clients" env:"ROLLCALL_BODY_MEMORY_PER_ADDRESS" default:"33554432" placeholder:"BYTES" help:"The same for one IP address, or /64 of IPv6: half of all, so that one address never takes everything, and a proxy that makes all clients one address has enough. 0 for any number. [${default}]"`
	MaxPerRoom           int           `group:"clients" env:"ROLLCALL_MAX_PER_ROOM" default:"0" placeholder:"N" help:"How many sockets one room takes, in the whole cluster; more are refused. 0 for any number. [${default}]"`
	Outbox               int64         `group:"clients" env:"ROLLCALL_OUTBOX" default:"1048576" placeholder:"BYTES" help:"How many bytes of presence may wait for one client, and as many again of what other clients say: who reads more slowly loses messages, and is told how many; it is disconnected only if it does not take presence either. A message may have half of this, and 524288 at most. 65536 to 67108864. [${default}]"`
	OutboxMemory         int64         `group:"clients" env:"ROLLCALL_OUTBOX_MEMORY" default:"268435456" placeholder:"BYTES" help:"How many bytes may wait for all clients of a node together, each message counted once: with less left, slow readers lose messages first. 1048576 and more. [${default}]"`
	RequestTimeout       time.Duration `group:"clients" env:"ROLLCALL_REQUEST_TIMEOUT" default:"30s" placeholder:"TIME" help:"How long an HTTP request may take to arrive, its body included: who is slower, as by a bad connection, is answered with 408; 1s to 1h. [${default}]"`
	Drain                time.Duration `group:"clients" env:"ROLLCALL_DRAIN" default:"5s" placeholder:"TIME" help:"Over how much time a node that stops sends its clients away, at most: so that they do not all come to the other nodes at once; 0s to 1h. Meanwhile /readyz says 503 and no new client is taken. [${default}]"`
	Compression          bool          `group:"clients" env:"ROLLCALL_COMPRESSION" help:"Compress websocket messages of 1 KiB and more for clients that offer it (permessage-deflate). It costs processor time and memory. [off]"`
}

func (l *Limits) check() error {
	switch {
	case l.MaxIdentityChange < 64 || l.MaxIdentityChange > 512<<10:
		return fmt.Errorf("--max-identity-change is %d bytes; it must be 64 to %d, as 8192", l.MaxIdentityChange, 512<<10)
	case l.Outbox < 64<<10 || l.Outbox > 64<<20:
		return fmt.Errorf("--outbox is %d bytes; it must be %d to %d, as 1048576", l.Outbox, 64<<10, 64<<20)
	case l.OutboxMemory < 1<<20:
		return fmt.Errorf("--outbox-memory is %d bytes; it must be at least %d, as 268435456", l.OutboxMemory, 1<<20)
	}
	return firstError(
		orAny("--packet-rate", l.PacketRate, "a number of packets a second, as 1000"),
		orAny("--byte-rate", l.ByteRate, "a number of bytes a second, as 10000000"),
		orAny("--frame-rate", l.FrameRate, "a number of frames a second, as 5000"),
		orAny("--join-rate", l.JoinRate, "a number of joins and leaves a second, as 20"),
		orAny("--change-rate", l.ChangeRate, "a number of events a second, as 20"),
		orAny("--fanout-rate", l.FanoutRate, "a number of bytes a second, as 10000000"),
		orAny("--body-memory", l.BodyMemory, "a number of bytes, as 67108864"),
		orAny("--body-memory-per-address", l.BodyMemoryPerAddress, "a number of bytes, as 33554432"),
		orAny("--max-per-room", l.MaxPerRoom, "a number of sockets, as 1000"),
		within("--request-timeout", l.RequestTimeout, time.Second, time.Hour),
		within("--drain", l.Drain, 0, time.Hour),
	)
}

// orAny checks a limit of which 0 is none.
func orAny(flag string, value int, what string) error {
	if value < 0 {
		return fmt.Errorf("%s is %d; it must be %s, or 0 for any", flag, value, what)
	}
	return nil
}

// grace is how long a node may take to end after SIGTERM.
func (l *Limits) grace() time.Duration { return l.Drain + supervisor.DefaultGrace }
