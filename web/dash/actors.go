package dash

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

const (
	usualActors = 200
	mostActors  = 1000
)

// actorTable is the actors of all nodes, as many as were asked for.
type actorTable struct {
	Kinds  []kindRow  `json:"kinds"`
	Actors []actorRow `json:"actors"`
	Total  int64      `json:"total"` // that are what was asked for, of which actors may be a part
	Silent []string   `json:"silent"`
}

type kindRow struct {
	Kind       string `json:"kind"`
	Node       string `json:"node"`
	Count      int64  `json:"count"`
	MailboxP99 int64  `json:"mailbox_p99"`
	Restarts   uint64 `json:"restarts"`
}

type actorRow struct {
	Kind        string          `json:"kind"`
	Identity    string          `json:"identity"`
	Node        string          `json:"node"`
	Mailbox     int64           `json:"mailbox"`
	Unit        string          `json:"unit" enum:"messages,bytes"` // of mailbox; bytes wait for a client
	Started     room.Timestamp  `json:"started"`
	Restarts    uint64          `json:"restarts"`
	LastError   string          `json:"last_error"`
	LastErrorAt *room.Timestamp `json:"last_error_at"`
}

// actors answers GET /api/dash/actors.
func (d *Dash) actors(ctx context.Context, query url.Values) (*actorTable, error) {
	ask, err := actorsAsked(query)
	if err != nil {
		return nil, err
	}
	nodes, silent := d.config.Nodes.Actors(ctx, ask)
	if node := query.Get("node"); node != "" {
		nodes = slices.DeleteFunc(nodes, func(a *protos.Actors) bool { return a.GetNode() != node })
	}
	return tableOf(nodes, silent, ask), nil
}

// actorsAsked reads the query: kind, q, sort and limit.
func actorsAsked(query url.Values) (*protos.AskActors, error) {
	ask := &protos.AskActors{Kind: query.Get("kind"), Search: query.Get("q"), Sort: query.Get("sort"), Limit: usualActors}
	if ask.Kind != "" && !slices.Contains(directory.Kinds(), directory.Kind(ask.Kind)) {
		return nil, problem.New(problem.Invalid, "kind must be socket, roster, room, node or identity")
	}
	if ask.Sort == "" {
		ask.Sort = "-mailbox"
	}
	if !operate.IsActorOrder(ask.Sort) {
		return nil, problem.New(problem.Invalid, "sort must be kind, identity, mailbox, started, restarts or last_error_at, with - before it for the opposite order")
	}
	if text := query.Get("limit"); text != "" {
		limit, err := strconv.ParseUint(text, 10, 31)
		if err != nil || limit < 1 || limit > mostActors {
			return nil, problem.New(problem.Invalid, "limit must be 1 to %d", mostActors)
		}
		ask.Limit = int32(limit)
	}
	return ask, nil
}

// tableOf merges the answers of nodes, each in the order that was asked for.
func tableOf(nodes []*protos.Actors, silent []string, ask *protos.AskActors) *actorTable {
	table := &actorTable{Kinds: []kindRow{}, Actors: []actorRow{}, Silent: silent}
	var all []*protos.ActorState
	on := make(map[*protos.ActorState]string)
	for _, n := range nodes {
		table.Total += n.GetTotal()
		for _, k := range n.GetKinds() {
			table.Kinds = append(table.Kinds, kindRow{k.GetKind(), n.GetNode(), k.GetCount(), k.GetMailboxP99(), k.GetRestarts()})
		}
		for _, a := range n.GetActors() {
			all = append(all, a)
			on[a] = n.GetNode()
		}
	}
	slices.SortStableFunc(all, operate.ActorOrder(ask.GetSort()))
	for _, a := range all[:min(len(all), int(ask.GetLimit()))] {
		table.Actors = append(table.Actors, rowOf(a, on[a]))
	}
	return table
}

func rowOf(a *protos.ActorState, node string) actorRow {
	row := actorRow{
		Kind: a.GetKind(), Identity: a.GetName(), Node: node, Mailbox: a.GetMailbox(), Unit: "messages",
		Started: room.TimestampOf(time.UnixMilli(a.GetStarted())), Restarts: a.GetRestarts(), LastError: a.GetLastError(),
		LastErrorAt: moment(a.GetLastErrorAt()),
	}
	if row.Kind == string(directory.SocketKind) {
		row.Unit = "bytes"
	}
	return row
}
