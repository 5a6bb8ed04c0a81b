package main

import "fmt"

// Limits says what clients may use of a node.
type Limits struct {
	PacketRate    int  `group:"clients" env:"ROLLCALL_PACKET_RATE" default:"1000" placeholder:"N" help:"How many packets a second one client may send, over a while; for a moment twice as many. Who sends more is disconnected. 0 for any number. [${default}]"`
	MaxPerAddress int  `group:"clients" env:"ROLLCALL_MAX_PER_ADDRESS" default:"0" placeholder:"N" help:"How many connections one IP address may have open at one node; more are refused with 503. Mind that a proxy is one address. 0 for any number. [${default}]"`
	Compression   bool `group:"clients" env:"ROLLCALL_COMPRESSION" help:"Compress websocket messages of 1 KiB and more for clients that offer it (permessage-deflate). It costs processor time and memory. [off]"`
}

func (l *Limits) check() error {
	switch {
	case l.PacketRate < 0:
		return fmt.Errorf("--packet-rate is %d; it must be a number of packets a second, as 1000, or 0 for any", l.PacketRate)
	case l.MaxPerAddress < 0:
		return fmt.Errorf("--max-per-address is %d; it must be a number of connections, as 100, or 0 for any", l.MaxPerAddress)
	}
	return nil
}
