//go:build unix

package crowd

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

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	// RollDeadline is that of the product.
	RollDeadline = 250 * time.Millisecond

	// RollMargin is how late an answer may be.
	RollMargin = 50 * time.Millisecond
)

// Answer is an HTTP answer, its body read.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Refuses reports whether an answer is what a client gets whom a node cannot serve
// now: it says so to a person and to a program, and when to come again.
func (a Answer) Refuses() bool {
	var problem struct {
		Title  string
		Status int
	}
	return json.Unmarshal(a.Body, &problem) == nil && a.Status == http.StatusServiceUnavailable &&
		a.Header.Get("Retry-After") != "" && strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") &&
		problem.Status == a.Status && problem.Title != ""
}

func (a Answer) String() string {
	return fmt.Sprintf("%d %v %s", a.Status, a.Header, strings.TrimSpace(string(a.Body)))
}

// Do sends a request; ctx bounds its time.
func (c *Crowd) Do(ctx context.Context, method, address, body string) (a Answer, err error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	request.Header.Set("Authorization", "Bearer "+Token(whoAsks(request.URL.Path), access.Usual))
	response, err := c.http.Do(request)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	a = Answer{Status: response.StatusCode, Header: response.Header}
	a.Body, err = io.ReadAll(response.Body)
	return a, err
}

// ask calls the roll of one room or another on a node, over and over.
func (c *Crowd) ask(ctx context.Context, r *rand.Rand, node *harness.Node) {
	again := time.NewTicker(c.Size.Ask)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			c.askOnce(ctx, node, c.Room(r.IntN(c.Rooms)))
		case <-ctx.Done():
			return
		}
	}
}

func (c *Crowd) askOnce(ctx context.Context, node *harness.Node, room string) {
	c.quiet.RLock()
	defer c.quiet.RUnlock()
	asking, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	if roll := c.Roll(asking, node, room); ctx.Err() == nil {
		c.Recorder.Answer(roll)
	}
}

// Roll asks a node who is in a room.
func (c *Crowd) Roll(ctx context.Context, node *harness.Node, room string) history.Roll {
	roll := history.Roll{Node: node.Name, Room: room, Begun: c.Recorder.Now()}
	answer, err := c.Do(ctx, http.MethodGet, node.URL("/"+url.PathEscape(room)+"/users"), "")
	roll.Ended = c.Recorder.Now()
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
func (c *Crowd) identify(lost []string) {
	for i, name := range lost {
		for _, n := range c.Nodes {
			if n.Gossip == name {
				lost[i] = n.Name
			}
		}
	}
}

func readRoll(roll *history.Roll, answer Answer) error {
	if answer.Status != http.StatusOK {
		return fmt.Errorf("%d %s", answer.Status, answer.Body)
	}
	var sockets []struct {
		Socket string `json:"id_socket"`
		User   string `json:"id_user"`
	}
	if err := json.Unmarshal(answer.Body, &sockets); err != nil {
		return err
	}
	roll.Users = make(map[string]string, len(sockets))
	for _, s := range sockets {
		if _, twice := roll.Users[s.Socket]; twice {
			roll.Twice = append(roll.Twice, s.Socket)
		}
		roll.Users[s.Socket] = s.User
	}
	roll.Complete = answer.Header.Get("Rollcall-Complete") == "true"
	roll.Missing, roll.Lost = list(answer.Header.Get("Rollcall-Missing")), list(answer.Header.Get("Rollcall-Lost"))
	return nil
}

func list(header string) []string {
	if header == "" {
		return nil
	}
	return strings.Split(header, ", ")
}
