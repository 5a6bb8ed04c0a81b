//go:build unix

package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	// rollDeadline is that of the product.
	rollDeadline = 250 * time.Millisecond

	// rollMargin is how late an answer may be.
	rollMargin = 50 * time.Millisecond
)

// answer is an HTTP answer, its body read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request; ctx bounds its time.
func (c *crowd) do(ctx context.Context, method, address, body string) (a answer, err error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	a = answer{status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	return a, err
}

// ask calls the roll of one room or another on a node, over and over.
func (c *crowd) ask(ctx context.Context, r *rand.Rand, node *harness.Node) {
	again := time.NewTicker(c.size.ask)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			c.askOnce(ctx, node, c.room(r.IntN(c.rooms)))
		case <-ctx.Done():
			return
		}
	}
}

func (c *crowd) askOnce(ctx context.Context, node *harness.Node, room string) {
	c.quiet.RLock()
	defer c.quiet.RUnlock()
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if roll := c.roll(asking, node, room); ctx.Err() == nil {
		c.recorder.Answer(roll)
	}
}

// roll asks a node who is in a room.
func (c *crowd) roll(ctx context.Context, node *harness.Node, room string) history.Roll {
	roll := history.Roll{Node: node.Name, Room: room, Begun: c.recorder.Now()}
	answer, err := c.do(ctx, http.MethodGet, node.URL("/"+url.PathEscape(room)+"/users"), "")
	roll.Ended = c.recorder.Now()
	if err == nil {
		err = readRoll(&roll, answer)
		c.identify(roll.Lost)
	}
	if err != nil {
		roll.Failure = err.Error()
	}
	return roll
}

// identify puts the names of nodes in the place of addresses: a node that never met
// the one that is there knows no other name.
func (c *crowd) identify(lost []string) {
	for i, name := range lost {
		for _, n := range c.nodes {
			if n.Gossip == name {
				lost[i] = n.Name
			}
		}
	}
}

func readRoll(roll *history.Roll, answer answer) error {
	if answer.status != http.StatusOK {
		return fmt.Errorf("%d %s", answer.status, answer.body)
	}
	var sockets []struct {
		Socket string `json:"id_socket"`
		User   string `json:"id_user"`
	}
	if err := json.Unmarshal(answer.body, &sockets); err != nil {
		return err
	}
	roll.Users = make(map[string]string, len(sockets))
	for _, s := range sockets {
		if _, twice := roll.Users[s.Socket]; twice {
			roll.Twice = append(roll.Twice, s.Socket)
		}
		roll.Users[s.Socket] = s.User
	}
	roll.Complete = answer.header.Get("Rollcall-Complete") == "true"
	roll.Missing, roll.Lost = list(answer.header.Get("Rollcall-Missing")), list(answer.header.Get("Rollcall-Lost"))
	return nil
}

func list(header string) []string {
	if header == "" {
		return nil
	}
	return strings.Split(header, ", ")
}
