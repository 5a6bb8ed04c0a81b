package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/wsclient"
)

const (
	// heldNodes is the size of the cluster that is attacked, heldRooms in how many rooms
	// the attacker is, and heldListeners how many sockets hear it there on each node.
	heldNodes, heldRooms, heldListeners = 4, 32, 4

	// heldBuffer is what a listener reads at once.
	heldBuffer = 64 << 10
)

// held measures for how long an actor of each kind that nodes tell of is kept from its
// next message when a socket in many rooms says what is as dear as it may be: objects of
// many fields, by identity-change and by message. The yardstick is to read such an object
// once.
func (b *bench) held(ctx context.Context) (report, error) {
	var yardsticks []float64
	ours := make(map[string][]float64) // by kind
	for round := range b.Rounds {
		b.say("held: round %d of %d", round+1, b.Rounds)
		longest, err := b.attack(ctx)
		if err != nil {
			return report{}, err
		}
		for kind, ms := range longest {
			ours[kind] = append(ours[kind], ms)
		}
		yardsticks = append(yardsticks, readOnce(manyFields(500_000)))
	}
	r := report{notes: []string{fmt.Sprintf("held: on %d nodes, each with %d sockets in %d rooms, one of them says objects of 500 and 8 kB to all. "+
		"The yardstick: encoding/json reads the larger object.", heldNodes, heldListeners, heldRooms)}}
	for _, kind := range slices.Sorted(maps.Keys(ours)) {
		r.rows = append(r.rows, figures.Row{
			What: "longest that " + kind + " actors were held by a dear event", Unit: "ms",
			Ours: ours[kind], Yardstick: yardsticks, Target: figures.Target{Ratio: 1, AtMost: true},
		})
	}
	return r, nil
}

// manyFields returns an object of about so many bytes, and as many fields as go into it.
func manyFields(size int) []byte {
	object := []byte(`{"id_user":"1"`)
	for i := 0; len(object) < size-16; i++ {
		object = append(strconv.AppendInt(append(object, `,"`...), int64(i), 36), `":1`...)
	}
	return append(object, '}')
}

// readOnce returns how long it takes to read an object, in milliseconds.
func readOnce(object []byte) float64 {
	began := time.Now()
	var fields map[string]json.RawMessage
	if json.Unmarshal(object, &fields) != nil {
		panic("it is well formed")
	}
	return time.Since(began).Seconds() * 1000
}

// attack starts a cluster, has one socket say what is dear, and returns for how long
// actors were held, in milliseconds by kind.
func (b *bench) attack(ctx context.Context) (longest map[string]float64, err error) {
	nodes, err := b.startNodes(ctx, "bench-held", heldNodes)
	if err != nil {
		return nil, err
	}
	defer stop(nodes)
	room := func(i int) string { return "held-" + strconv.Itoa(i) }
	inAll := func(i int) (*wsclient.Conn, error) {
		conn, err := joinAt(ctx, nodes, inOne(room(0)), heldBuffer)(i)
		for next := 1; err == nil && next < heldRooms; next++ {
			if err = conn.Send(fmt.Appendf(nil, `42["join","%s"]`, room(next))); err == nil && next%8 == 0 {
				err = wait(ctx, 100*time.Millisecond) // joins have a rate
			}
		}
		return conn, err
	}
	listeners, err := gather(heldNodes*heldListeners, inAll, deaf)
	if err != nil {
		return nil, err
	}
	defer listeners.disperse()
	attacker, err := inAll(0)
	if err != nil {
		return nil, err
	}
	defer attacker.Close()
	for _, size := range []int{500_000, 8_000} {
		object := manyFields(size)
		for range 5 {
			for _, event := range []string{`42["identity-change",`, `42["message","` + room(0) + `",`} {
				if err := attacker.Send(append(append([]byte(event), object...), ']')); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := attacker.Send([]byte(`427["message","` + room(0) + `","the last"]`)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = attacker.Close() })
	defer stop()
	for {
		message, err := attacker.NextEvent()
		if err != nil {
			return nil, fmt.Errorf("the attacker was cut off: %w", err)
		}
		if bytes.HasPrefix(message, []byte("437[")) {
			break
		}
	}
	if err := wait(ctx, time.Second); err != nil { // what goes over Redis comes later
		return nil, err
	}
	longest = make(map[string]float64)
	for _, node := range nodes {
		if err := heldAt(ctx, node.address, longest); err != nil {
			return nil, err
		}
	}
	return longest, listeners.whole()
}

// heldAt reads for how long actors of a node were held, and keeps the longest.
func heldAt(ctx context.Context, address string, longest map[string]float64) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+adminToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	const name = `rollcall_actor_held_longest_seconds{kind="`
	found := false
	for line := range strings.Lines(string(text)) {
		rest, is := strings.CutPrefix(line, name)
		if !is {
			continue
		}
		kind, value, _ := strings.Cut(strings.TrimSpace(rest), `"} `)
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
		longest[kind] = max(longest[kind], seconds*1000)
		found = true
	}
	if !found {
		return fmt.Errorf("%s: %s has no %s", response.Status, request.URL, name)
	}
	return nil
}
