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
// with many sockets in many rooms, minus that without any. Both servers start
// anew in each round: memory that once was used is not given back at once.
func (b *bench) memory(ctx context.Context) (report, error) {
	row := figures.Row{What: "memory per idle socket", Unit: "bytes", Target: figures.Target{Ratio: 1.6, AtMost: true}}
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
		row.Ours, row.Yardstick = append(row.Ours, ours), append(row.Yardstick, yardstick)
	}
	note := fmt.Sprintf("memory: %d sockets in %d rooms on one node; resident memory of fresh servers %v after the last joined.", b.Idle, b.Rooms, b.Settle)
	return report{rows: []figures.Row{row}, notes: []string{note}}, nil
}

func (b *bench) memoryOfNode(ctx context.Context) (float64, error) {
	nodes, err := b.startNodes(ctx, "bench-memory", 1)
	if err != nil {
		return 0, err
	}
	defer stop(nodes)
	room := func(i int) string { return "room-" + strconv.Itoa(i%b.Rooms) }
	return b.perSocket(ctx, nodes[0], joinAt(ctx, nodes, room, idleBuffer))
}

func (b *bench) memoryOfBare(ctx context.Context) (float64, error) {
	bare, err := b.startYardstick(ctx, "bare-memory", "bare-websockets")
	if err != nil {
		return 0, err
	}
	defer bare.Stop()
	return b.perSocket(ctx, bare, func(int) (*wsclient.Conn, error) {
		return wsclient.Dial(ctx, bare.address, "/", idleBuffer)
	})
}

// perSocket returns by how many bytes a server grows with each socket.
func (b *bench) perSocket(ctx context.Context, s server, connect func(int) (*wsclient.Conn, error)) (float64, error) {
	before, err := process.Memory(s.PID())
	if err != nil {
		return 0, err
	}
	sockets, err := gather(b.Idle, connect, deaf)
	if err != nil {
		return 0, err
	}
	defer sockets.disperse()
	if err := wait(ctx, b.Settle); err != nil {
		return 0, err
	}
	if err := sockets.whole(); err != nil {
		return 0, err
	}
	after, err := process.Memory(s.PID())
	return float64(after-before) / float64(b.Idle), err
}
