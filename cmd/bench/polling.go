package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/process"
	"github.com/rollcall/rollcall/protos/engineio"
)

const (
	pollers  = 8
	pollRoom = "Maths"

	// question is an event that the server acknowledges at once: nobody is in that
	// room. answered begins the acknowledgement.
	question = `420["leave","an empty room"]`
	answered = `430[`
)

// polling measures round trips of clients that poll: a POST with an event, and a
// GET that brings its acknowledgement. The requests go to the node that has the
// sockets, which is the yardstick, or to another one.
func (b *bench) polling(ctx context.Context) (report, error) {
	nodes, err := b.startNodes(ctx, "bench-polling", 2)
	if err != nil {
		return report{}, err
	}
	defer stop(nodes)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * pollers}}
	defer client.CloseIdleConnections()
	sessions := make([]*poller, pollers)
	for i := range sessions {
		sessions[i] = &poller{client: client}
		if err := sessions[i].open(ctx, nodes[0].address, userOf(i)); err != nil {
			return report{}, err
		}
	}
	rate := figures.Row{What: "polling round trips by another node than the sockets'", Unit: "1/s"}
	cpu := figures.Row{What: "  CPU per round trip", Unit: "µs"}
	for round := range b.Rounds {
		b.say("polling: round %d of %d", round+1, b.Rounds)
		for _, side := range []struct {
			node             server
			perSecond, spent *[]float64
		}{{nodes[1], &rate.Ours, &cpu.Ours}, {nodes[0], &rate.Yardstick, &cpu.Yardstick}} {
			trips, usage, err := b.pollFor(ctx, nodes, side.node, sessions)
			if err != nil {
				return report{}, err
			}
			*side.perSecond = append(*side.perSecond, float64(trips)/usage.Wall.Seconds())
			*side.spent = append(*side.spent, float64(usage.Servers.Microseconds())/float64(trips))
		}
	}
	return report{
		rows:  []figures.Row{rate, cpu},
		notes: []string{fmt.Sprintf("polling: %d clients, a POST and a GET for each round trip; the yardstick is the node that has the sockets.", pollers)},
	}, nil
}

// pollFor counts the round trips by way of one node in a while.
func (b *bench) pollFor(ctx context.Context, nodes []server, via server, sessions []*poller) (int64, process.Usage, error) {
	meter, err := process.Measure(children(nodes)...)
	if err != nil {
		return 0, process.Usage{}, err
	}
	var trips atomic.Int64
	failed := make([]error, len(sessions))
	end := time.Now().Add(b.Duration)
	var polling sync.WaitGroup
	for i, p := range sessions {
		polling.Go(func() {
			for time.Now().Before(end) && failed[i] == nil {
				failed[i] = p.ask(ctx, via.address)
				trips.Add(1)
			}
		})
	}
	polling.Wait()
	usage, err := meter.Stop()
	return trips.Load(), usage, errors.Join(append(failed, err)...)
}

// poller is a client that polls.
type poller struct {
	client *http.Client
	sid    string
}

// open begins a session at a node, and joins the room.
func (p *poller) open(ctx context.Context, address string, user string) error {
	open, err := p.do(ctx, http.MethodGet, address, fmt.Sprintf("&room=%s&id_user=%s", pollRoom, user), "")
	if err != nil {
		return err
	}
	packet, err := engineio.V4.DecodeText([]byte(open))
	if err != nil {
		return err
	}
	handshake, err := engineio.ParseHandshake(engineio.V4, packet)
	if err != nil {
		return err
	}
	p.sid = handshake.SID
	if _, err := p.do(ctx, http.MethodPost, address, "", "40"); err != nil {
		return err
	}
	return p.until(ctx, address, `42["handshake"`)
}

// ask makes one round trip.
func (p *poller) ask(ctx context.Context, address string) error {
	if _, err := p.do(ctx, http.MethodPost, address, "", question); err != nil {
		return err
	}
	return p.until(ctx, address, answered)
}

// until polls until a packet comes that begins so. Pings are answered.
func (p *poller) until(ctx context.Context, address, prefix string) error {
	for {
		payload, err := p.do(ctx, http.MethodGet, address, "", "")
		if err != nil {
			return err
		}
		found := false
		for packet := range strings.SplitSeq(payload, "\x1e") {
			found = found || strings.HasPrefix(packet, prefix)
			if packet == "2" {
				if _, err := p.do(ctx, http.MethodPost, address, "", "3"); err != nil {
					return err
				}
			}
		}
		if found {
			return nil
		}
	}
}

func (p *poller) do(ctx context.Context, method, address, query, body string) (string, error) {
	target := "http://" + address + "/socket.io/?EIO=4&transport=polling" + query
	if p.sid != "" {
		target += "&sid=" + p.sid
	}
	request, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s by way of %s: %s %s", method, address, response.Status, text)
	}
	return string(text), err
}
