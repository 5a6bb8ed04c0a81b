//go:build unix

package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// answerPatience is longer than a message may wait at its sender's node until it can go
// out, and until all nodes have confirmed it.
const answerPatience = 12 * time.Second

// answer is the acknowledgement of a message.
type answer struct {
	number  int
	refusal string // its code; "" if there was none
}

// say sends a message to one of its rooms after the other, and waits for the answer.
func (c *Client) say(ctx context.Context) {
	c.said++
	to := c.stays[c.said%len(c.stays)]
	saying := c.recorder.Say(to, c.said)
	if c.Conn.Send(fmt.Appendf(nil, `42%d["message",%q,%d]`, c.said, to.Room, c.said)) != nil {
		return // which shows as the end of the connection
	}
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	for {
		select {
		case a := <-c.reply:
			if a.number == c.said {
				c.recorder.Reply(saying, a.refusal)
				return
			}
		case <-c.Ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// answered takes an acknowledgement, which begins with the number of its message.
func (c *Client) answered(data []byte) {
	a, ok := readAnswer(data)
	if !ok {
		return
	}
	select {
	case c.reply <- a:
	default: // nobody waits: it came too late
	}
}

func readAnswer(data []byte) (a answer, ok bool) {
	start := bytes.IndexByte(data, '[')
	if start < 0 {
		return a, false
	}
	if _, err := fmt.Sscanf(string(data[:start]), "%d", &a.number); err != nil {
		return a, false
	}
	var said struct {
		OK   bool
		Code string
	}
	if err := json.Unmarshal(data[start:], &[]any{&said}); err != nil {
		return a, false
	}
	if !said.OK {
		a.refusal = said.Code
		if a.refusal == "" {
			a.refusal = "without a code"
		}
	}
	return a, true
}
