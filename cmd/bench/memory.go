package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/process"
	"github.com/rollcall/rollcall/cmd/bench/wsclient"
)

// idleBuffer suits a client that does nothing but hear who comes and goes.
const idleBuffer = 512

// memory measures what an idle socket costs: the resident memory of one node
// with many sockets in many rooms, minus that without any; and what it costs to connect
// them. Both servers start anew in each round: memory that once was used is not given
// back at once.
func (b *bench) memory(ctx context.Context) (report, error) {
	memory := figures.Row{What: "memory per idle socket", Unit: "bytes", Target: figures.Target{Ratio: 1.6, AtMost: true}}
	connects := figures.Row{What: "connects per CPU second", Unit: "1/s"}
	for round := range b.Rounds {
		b.say("memory: round %d of %d: %d sockets", round+1, b.Rounds, b.Idle)
		ours, err := b.memoryOfNode(ctx)
		if err != nil {
			return report{}, fmt.Errorf("Rollcall: %w", err)
		}
		yardstick, err := b.memoryOfBare(ctx)
		if err != nil {
			return report{}, fmt.Errorf("the bare server: %w", err)
		}
		memory.Ours, memory.Yardstick = append(memory.Ours, ours.bytes), append(memory.Yardstick, yardstick.bytes)
		connects.Ours, connects.Yardstick = append(connects.Ours, ours.perCPU), append(connects.Yardstick, yardstick.perCPU)
	}
	note := fmt.Sprintf("memory: %d sockets in %d rooms on one node; resident memory of fresh servers %v after the last joined.", b.Idle, b.Rooms, b.Settle)
	return report{rows: []figures.Row{memory, connects}, notes: []string{note}}, nil
}

// cost is what idle sockets cost a server.
type cost struct {
	bytes  float64 // of memory, each
	perCPU float64 // connects that one second of processor time pays for
}

// cpu returns the processor time of a connect, in microseconds.
func (c cost) cpu() float64 { return 1e6 / c.perCPU }

func (b *bench) memoryOfNode(ctx context.Context) (cost, error) {
	nodes, err := b.startNodes(ctx, "bench-memory", 1)
	if err != nil {
		return cost{}, err
	}
	defer stop(nodes)
	room := func(i int) string { return "room-" + strconv.Itoa(i%b.Rooms) }
	return b.perSocket(ctx, nodes[0], joinAt(ctx, nodes, room, idleBuffer))
}

func (b *bench) memoryOfBare(ctx context.Context) (cost, error) {
	bare, err := b.startYardstick(ctx, "bare-memory", "bare-websockets")
	if err != nil {
		return cost{}, err
	}
	defer bare.Stop()
	return b.perSocket(ctx, bare, func(int) (*wsclient.Conn, error) {
		return wsclient.Dial(ctx, bare.address, "/", idleBuffer)
	})
}

// perSocket returns what each socket costs a server.
func (b *bench) perSocket(ctx context.Context, s server, connect func(int) (*wsclient.Conn, error)) (c cost, err error) {
	before, err := process.Memory(s.PID())
	if err != nil {
		return c, err
	}
	idle, err := process.CPU(s.PID())
	if err != nil {
		return c, err
	}
	sockets, err := gather(b.Idle, connect, deaf)
	if err != nil {
		return c, err
	}
	defer sockets.disperse()
	busy, err := process.CPU(s.PID())
	if err != nil {
		return c, err
	}
	c.perCPU = float64(b.Idle) / (busy - idle).Seconds()
	if err := wait(ctx, b.Settle); err != nil {
		return c, err
	}
	if err := sockets.whole(); err != nil {
		return c, err
	}
	after, err := process.Memory(s.PID())
	c.bytes = float64(after-before) / float64(b.Idle)
	return c, err
}
