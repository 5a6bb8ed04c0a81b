//go:build unix

package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	ordersSecret = "the-secret-of-a-backend"
	ordersKey    = "--api-key=backend:all:" + ordersSecret

	// carriedOut is by when an order that was answered has been carried out, and heard of.
	carriedOut = 5 * time.Second
)

// order is something that a backend has the cluster do: an emit or a close, of a room or
// a user.
type order struct {
	event      string // "" to close
	room, user string // one of them

	began, ended time.Time // from the first try to the last answer
	tries        int
	answered     bool     // there was an answer,
	complete     bool     // which said that all nodes have done it,
	sockets      int      // and for how many
	lost         []string // whom it named as lost
}

func (o *order) String() string {
	return fmt.Sprintf("%q to room %q, user %q from %s to %s in %d tries, complete %v, for %d", o.event, o.room, o.user,
		o.began.Format(time.StampMilli), o.ended.Format(time.StampMilli), o.tries, o.complete, o.sockets)
}

// give has a backend try until it is told that the order is carried out, or gives up.
func (o *order) give(nodes []*harness.Node, random *rand.Rand) {
	const most = 6
	o.began = time.Now()
	for o.tries = 1; ; o.tries++ {
		o.try(nodes[random.IntN(len(nodes))])
		if o.ended = time.Now(); o.complete || o.tries == most {
			return
		}
	}
}

func (o *order) try(node *harness.Node) {
	path, body, method := "/api/emit", "", http.MethodPost
	switch {
	case o.event != "" && o.room != "":
		body = fmt.Sprintf(`{"room":%q,"event":%q}`, o.room, o.event)
	case o.event != "":
		body = fmt.Sprintf(`{"id_user":%q,"event":%q}`, o.user, o.event)
	case o.room != "":
		method, path = http.MethodDelete, "/api/rooms/"+url.PathEscape(o.room)+"/sockets"
	default:
		method, path = http.MethodDelete, "/api/users/"+o.user+"/sockets"
	}
	answer, err := node.Do(method, path, body, "Authorization: Bearer "+ordersSecret, "Idempotency-Key: "+url.PathEscape(o.event+"."))
	if err != nil || answer.Status != http.StatusOK {
		return // the node is down, or not ready
	}
	var told struct {
		Sockets, Closed int
		Complete        bool
		Lost            []string
	}
	if json.Unmarshal([]byte(answer.Body), &told) != nil {
		return
	}
	o.answered, o.complete, o.sockets, o.lost = true, told.Complete, told.Sockets+told.Closed, told.Lost
}

// concerns reports whether the order was to reach a connection for sure: it was there
// before, and its node was not named as lost.
func (o *order) concerns(h *visit, names []string) bool {
	stranger := slices.ContainsFunc(o.lost, func(name string) bool { return !slices.Contains(names, name) }) // an address: that may be anybody
	return (o.room == h.room || o.user == h.user) && h.began.Before(o.began) && !stranger && !slices.Contains(o.lost, h.node)
}

// A thousand orders while nodes are killed and frozen. What was said to be done was done,
// and nothing was done twice that had a key.
func TestOrdersAreDoneOrSaidNotToBe(t *testing.T) {
	count, clients := 120, 24
	if everything(t) {
		count, clients = 1000, 120
	}
	s := setUpEmpty(t, harness.Setup{Places: harness.LocalPlaces(t, 4), Flags: []string{ordersKey}}, harness.Loopback(0))
	nodes := s.cluster.Nodes
	v := invite(t, nodes, clients)

	orders := make([]*order, count)
	var next, under atomic.Int64
	var giving sync.WaitGroup
	for worker := range 6 {
		under.Add(1)
		random := rand.New(rand.NewPCG(s.seed, uint64(worker)))
		giving.Go(func() {
			defer under.Add(-1)
			for i := next.Add(1) - 1; i < int64(count); i = next.Add(1) - 1 {
				o := &order{user: fmt.Sprint(1 + random.IntN(10))}
				if random.IntN(2) == 0 {
					o.user, o.room = "", fmt.Sprint("orders ", random.IntN(visitedRooms))
				}
				if random.IntN(5) > 0 {
					o.event = fmt.Sprint("order ", i)
				}
				o.give(nodes, random)
				orders[i] = o
				crowd.Wait(t.Context(), time.Duration(random.IntN(300))*time.Millisecond)
			}
		})
	}
	for round := 0; round == 0 || under.Load() > 0; round++ {
		victim := nodes[s.random.IntN(len(nodes))]
		pass(t, time.Duration(200+s.random.IntN(500))*time.Millisecond)
		if round%2 == 0 {
			victim.Kill()
			pass(t, time.Duration(s.random.IntN(2000))*time.Millisecond)
			victim.Start()
		} else {
			victim.Freeze()
			pass(t, time.Duration(200+s.random.IntN(2500))*time.Millisecond)
			victim.Thaw()
		}
		harness.AwaitMembers(t, nodes...)
	}
	giving.Wait()
	pass(t, carriedOut)
	judge(t, orders, v.all(), nodes)
}

// judge holds what connections heard, and how they ended, to what backends were told.
func judge(t *testing.T, orders []*order, visits []*visit, nodes []*harness.Node) {
	t.Helper()
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	complete, partly, silent, again, checked := 0, 0, 0, 0, 0
	for i, o := range orders {
		switch {
		case o.complete:
			complete++
		case o.answered:
			partly++
		default:
			silent++
		}
		if o.tries > 1 {
			again++
		}
		told := 0
		for _, h := range visits {
			h.mu.Lock()
			heard, ended := h.heard[o.event], h.ended
			h.mu.Unlock()
			told += heard
			switch {
			case heard > 1:
				t.Errorf("order %d, %v, was heard %d times by user %s at %s", i, o, heard, h.user, h.node)
			case heard == 1 && o.room != h.room && o.user != h.user:
				t.Errorf("order %d, %v, was heard by user %s in %s", i, o, h.user, h.room)
			case !o.complete || !o.concerns(h, names):
			case o.event == "":
				checked++
				if ended.IsZero() || ended.After(o.ended.Add(carriedOut)) {
					t.Errorf("order %d, %v, was said to be done; user %s at %s is connected since %v", i, o, h.user, h.node, h.began.Format(time.StampMilli))
				}
			case ended.IsZero() || ended.After(o.ended.Add(carriedOut)):
				checked++
				if heard == 0 {
					t.Errorf("order %d, %v, was said to be done; user %s at %s did not hear it", i, o, h.user, h.node)
				}
			}
		}
		if o.event != "" && o.complete && o.tries == 1 && told > o.sockets {
			t.Errorf("order %d, %v, was heard by %d", i, o, told)
		}
	}
	t.Logf("%d orders: %d complete, %d in part, %d without an answer; %d needed several tries; %d connections, held to them %d times", len(orders), complete, partly, silent, again, len(visits), checked)
	if complete < len(orders)/2 || again == 0 || checked < len(orders) {
		t.Error("too little happened to say anything")
	}
}
