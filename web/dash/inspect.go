package dash

import (
	"context"
	"time"

	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

// lookAgain is how long a difference must persist to be one.
const lookAgain = 150 * time.Millisecond

// inspection is what a room's grain believes, beside what its rosters are.
type inspection struct {
	Room        string       `json:"room"`
	Grain       *grainState  `json:"grain"`
	GrainError  string       `json:"grain_error"`
	Rosters     []rosterRow  `json:"rosters"`
	Differences []difference `json:"differences"`
	Silent      []string     `json:"silent"`
}

type grainState struct {
	Node   string         `json:"node"`
	Epoch  uint64         `json:"epoch"`
	Seq    uint64         `json:"seq"`
	Since  room.Timestamp `json:"since"`
	Routes []routeRow     `json:"routes"`
}

type routeRow struct {
	Node      string `json:"node"`
	HasRoster string `json:"has_roster" enum:"yes,no,unknown"`
}

type rosterRow struct {
	Node     string `json:"node"`
	Awake    bool   `json:"awake"`
	Enrolled bool   `json:"enrolled"`
	Epoch    uint64 `json:"epoch"`
	Seq      uint64 `json:"seq"`
	Version  uint64 `json:"version"`
	Sockets  int64  `json:"sockets"`
	Users    int64  `json:"users"`
	Mailbox  int64  `json:"mailbox"`
}

type difference struct {
	Node string `json:"node"`
	What string `json:"what"`
}

// room answers GET /api/dash/rooms/{room}. Only if something does not fit does it
// look for a second time: what is on its way then arrives.
func (d *Dash) room(ctx context.Context, name string) (*inspection, error) {
	name, err := room.ParseName(name)
	if err != nil {
		return nil, err
	}
	look := d.config.Nodes.LookAt(ctx, name)
	var found []operate.Difference
	if look.Contradicts() {
		timer := time.NewTimer(lookAgain)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		before := look
		look = d.config.Nodes.LookAt(ctx, name)
		found = operate.Differences(before, look)
	}
	return inspectionOf(name, look, found), nil
}

func inspectionOf(name string, look *operate.RoomLook, found []operate.Difference) *inspection {
	state := &inspection{
		Room: name, GrainError: look.GrainError(), Rosters: []rosterRow{}, Differences: []difference{}, Silent: look.Silent,
	}
	if g := look.Grain(); g != nil {
		state.Grain = grainStateOf(g)
	}
	for _, r := range look.Rosters {
		state.Rosters = append(state.Rosters, rosterRow{
			Node: r.GetNode(), Awake: r.GetAwake(), Enrolled: r.GetEnrolled(), Epoch: r.GetEpoch(), Seq: r.GetSeq(),
			Version: r.GetVersion(), Sockets: r.GetSockets(), Users: r.GetUsers(), Mailbox: r.GetMailbox(),
		})
	}
	for _, f := range found {
		state.Differences = append(state.Differences, difference{f.Node, f.What})
	}
	return state
}

func grainStateOf(g *protos.GrainState) *grainState {
	state := &grainState{
		Node: g.GetNode(), Epoch: g.GetEpoch(), Seq: g.GetSeq(), Since: room.TimestampOf(time.UnixMilli(g.GetSince())), Routes: []routeRow{},
	}
	for _, r := range g.GetRoutes() {
		state.Routes = append(state.Routes, routeRow{r.GetNode(), map[protos.GrainRoute_Knowledge]string{
			protos.GrainRoute_UNASKED: "unknown", protos.GrainRoute_YES: "yes", protos.GrainRoute_NO: "no",
		}[r.GetHasRoster()]})
	}
	return state
}
