package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/wsclient"
)

// perRoom is how many sockets there are in a room of connects: few, as each hears of those
// that come after it, which is no part of what a token costs.
const perRoom = 10

// connects measures what tokens cost: many clients connect to a node that asks for none, and
// to nodes that ask for tokens that are signed in one of several ways. Nodes start anew for
// each, as memory says.
func (b *bench) connects(ctx context.Context) (r report, err error) {
	ways, err := b.waysToSign()
	if err != nil {
		return report{}, err
	}
	none := make([]cost, b.Rounds)
	byToken := make([][]cost, len(ways))
	for round := range b.Rounds {
		b.say("connects: round %d of %d: %d times %d sockets", round+1, b.Rounds, 1+len(ways), b.Idle)
		if none[round], err = b.connectsTo(ctx, nil); err != nil {
			return report{}, fmt.Errorf("without tokens: %w", err)
		}
		for i, way := range ways {
			c, err := b.connectsTo(ctx, way)
			if err != nil {
				return report{}, fmt.Errorf("by tokens of %s: %w", way.algorithm, err)
			}
			byToken[i] = append(byToken[i], c)
		}
	}
	for i, way := range ways {
		cpu := figures.Row{What: "CPU of a connect, by a token of " + way.algorithm, Unit: "µs"}
		memory := figures.Row{What: "  memory per idle socket", Unit: "bytes"}
		for round, with := range byToken[i] {
			without := none[round]
			cpu.Ours, cpu.Yardstick = append(cpu.Ours, with.cpu()), append(cpu.Yardstick, without.cpu())
			memory.Ours, memory.Yardstick = append(memory.Ours, with.bytes), append(memory.Yardstick, without.bytes)
		}
		r.rows = append(r.rows, cpu, memory)
	}
	r.notes = []string{fmt.Sprintf("connects: of %d sockets, %d in a room, to one node; the yardstick is the same with --auth none.", b.Idle, perRoom)}
	return r, nil
}

// connectsTo returns what sockets cost that show tokens of the way that is given, or none.
func (b *bench) connectsTo(ctx context.Context, way *signing) (cost, error) {
	var flags []string
	if way != nil {
		flags = way.flags
	}
	nodes, err := b.startNodes(ctx, "bench-connects", 1, flags...)
	if err != nil {
		return cost{}, err
	}
	defer stop(nodes)
	room := func(i int) string { return "room-" + strconv.Itoa(i/perRoom) }
	connect := joinAt(ctx, nodes, room, idleBuffer)
	if way != nil {
		connect = func(i int) (*wsclient.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, joinPatience)
			defer cancel()
			return wsclient.JoinByToken(ctx, nodes[0].address, room(i), way.tokens[i%users], idleBuffer)
		}
	}
	return b.perSocket(ctx, nodes[0], connect)
}
