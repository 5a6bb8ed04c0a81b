package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rollcall/rollcall/cmd/bench/figures"
)

// tracing measures what tracing costs: rolls of one room by clusters that trace
// nothing, one request in a hundred, and every request, in turn.
func (b *bench) tracing(ctx context.Context) (r report, err error) {
	var rooms []*fullRoom
	defer func() {
		for _, room := range rooms {
			room.close()
		}
	}()
	variants := []struct{ what, rate string }{{"off", "off"}, {"1 in 100", "0.01"}, {"every one", "1"}}
	for i, v := range variants {
		room, err := b.fillRoom(ctx, fmt.Sprintf("bench-traced-%d", i), "--trace", v.rate)
		if err != nil {
			return report{}, err
		}
		rooms = append(rooms, room)
	}
	clients := []int{8, 64}
	measured := make([][][]loadResult, len(variants)) // by variant, then by clients
	for i := range measured {
		measured[i] = make([][]loadResult, len(clients))
	}
	for round := range b.Rounds {
		b.say("tracing: round %d of %d", round+1, b.Rounds)
		for c, n := range clients {
			for v, room := range rooms {
				result, err := load{room.nodes, room.nodes[:1], n, rollRoom, len(room.roll)}.run(ctx, b.Duration)
				if err != nil {
					return report{}, errors.Join(err, room.sockets.whole())
				}
				measured[v][c] = append(measured[v][c], result)
			}
		}
	}
	for c, n := range clients {
		for v := 1; v < len(variants); v++ {
			rate := figures.Row{What: fmt.Sprintf("rolls, %s, traced: %s", plural(n, "client"), variants[v].what), Unit: "1/s"}
			cpu := figures.Row{What: "  CPU per roll", Unit: "µs"}
			for i := range b.Rounds {
				with, without := measured[v][c][i], measured[0][c][i]
				rate.Ours, rate.Yardstick = append(rate.Ours, with.rate()), append(rate.Yardstick, without.rate())
				cpu.Ours, cpu.Yardstick = append(cpu.Ours, with.cpu()), append(cpu.Yardstick, without.cpu())
			}
			r.rows = append(r.rows, rate, cpu)
		}
	}
	r.notes = []string{"tracing: one node of four asked; the yardstick is the same with tracing off."}
	return r, nil
}
