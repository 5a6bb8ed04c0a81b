//go:build unix

package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// pollPatience is more than a server may leave a poll without an answer: it pings.
const pollPatience = 20 * time.Second

// poller is a connection of long-polling, of which each request goes to the next node:
// nothing keeps a client at one.
type poller struct {
	crowd *Crowd
	path  string       // with the query of all requests
	turn  atomic.Int64 // the node of the latest

	packets [][]byte   // that the latest poll brought, and nobody has read
	posting sync.Mutex // held while a POST is under way: two at a time are against the rules

	ctx context.Context // ends with the connection
	end context.CancelFunc
	bye sync.Once
}

var _ conn = (*poller)(nil)

// pollingAt opens sessions at a node.
func (c *Crowd) pollingAt(at int) dialer {
	return func(ctx context.Context, query url.Values) (conn, error) {
		query.Set("transport", "polling")
		p := &poller{crowd: c, path: "/socket.io/?" + query.Encode()}
		p.turn.Store(int64(at + len(c.Nodes) - 1)) // the next is at
		payload, err := p.do(ctx, http.MethodGet, "")
		if err != nil {
			return nil, err
		}
		var open struct{ SID string }
		if err := json.Unmarshal(bytes.TrimPrefix(payload, []byte("0")), &open); err != nil {
			return nil, fmt.Errorf("the server opened a session by %q: %w", payload, err)
		}
		p.path += "&sid=" + url.QueryEscape(open.SID)
		p.packets = [][]byte{payload}
		p.ctx, p.end = context.WithCancel(context.Background())
		return p, nil
	}
}

// do makes a request, and returns the body of the answer.
func (p *poller) do(ctx context.Context, method, body string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, pollPatience)
	defer cancel()
	nodes := p.crowd.Nodes
	node := nodes[int(p.turn.Add(1))%len(nodes)]
	answer, err := p.crowd.Do(ctx, method, node.URL(p.path), body)
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("%s answered a %s by %v", node.Name, method, answer)
	}
	return answer.Body, err
}

// NextEvent polls as long as nothing comes but pings and noops.
func (p *poller) NextEvent() ([]byte, error) {
	for {
		if len(p.packets) == 0 {
			payload, err := p.do(p.ctx, http.MethodGet, "")
			if err != nil {
				return nil, err
			}
			p.packets = bytes.Split(payload, []byte("\x1e"))
		}
		packet := p.packets[0]
		p.packets = p.packets[1:]
		switch string(packet) {
		case "2":
			if err := p.Send([]byte("3")); err != nil {
				return nil, err
			}
		case "6":
		default:
			return packet, nil
		}
	}
}

// Send posts a packet. If that fails the connection ends, as with other clients.
func (p *poller) Send(packet []byte) error {
	err := p.post(p.ctx, string(packet))
	if err != nil {
		p.end()
	}
	return err
}

func (p *poller) post(ctx context.Context, packet string) error {
	p.posting.Lock()
	defer p.posting.Unlock()
	_, err := p.do(ctx, http.MethodPost, packet)
	return err
}

// Close cuts the poll that waits, and says goodbye, as clients do that poll: a server
// that has no poll of it would not see it go.
func (p *poller) Close() error {
	p.bye.Do(func() {
		p.end()
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		_ = p.post(ctx, "1") // it may be over already
	})
	return nil
}
