package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/httpserver"
)

// inPath returns the room, or the user, that is the i-th segment of the path, from 0, decoded
// once.
func inPath(i int, parse func(string) (string, error)) naming {
	return func(r *http.Request) (string, error) {
		name, err := url.PathUnescape(segments(r.URL.EscapedPath())[i])
		if err != nil {
			return "", err
		}
		return parse(name)
	}
}

// inQuery returns the room of ?room=…: proxies and clients clean paths, and a room
// may be called "..".
func inQuery(r *http.Request) (string, error) {
	query, err := httpserver.QueryOf(r, "room")
	if err != nil {
		return "", err
	}
	return room.ParseName(query.Get("room"))
}

// inRoom answers with the roll of a room.
func (s *Server) inRoom(named naming, answer func(http.ResponseWriter, *http.Request, expanded)) http.HandlerFunc {
	return s.traced("roll", func(w http.ResponseWriter, r *http.Request) {
		name, err := named(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		asked, err := httpserver.QueryOf(r, "require", "expand")
		if err != nil {
			s.fail(w, r, err)
			return
		}
		require := asked.Get("require")
		if require != "" && require != "complete" && require != "whole" {
			s.fail(w, r, problem.New(problem.Invalid, "require can be complete, or whole: then no node may be lost, either"))
			return
		}
		expand := asked.Get("expand")
		if expand != "" && expand != "user" {
			s.fail(w, r, problem.New(problem.Invalid, "expand can be user: then each user comes with name, profile and version"))
			return
		}
		span := trace.From(r.Context())
		span.About(name, "", "")
		roll, err := s.Node.CallRoll(r.Context(), name)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		span.Incomplete(roll.Missing())
		describe(w.Header(), roll)
		switch {
		case require != "" && !roll.Complete():
			s.fail(w, r, problem.New(problem.Unavailable, "The roll is incomplete: no answer from %s", strings.Join(roll.Missing(), ", ")))
			return
		case require == "whole" && len(roll.Lost) > 0:
			s.fail(w, r, problem.New(problem.Unavailable, "The roll may lack sockets of nodes that are lost: %s", namesOf(roll.Lost)))
			return
		}
		all := expanded{Roll: roll, held: s.holding(r)}
		defer all.held.letGo()
		if expand != "" {
			if all, err = s.expand(r.Context(), roll, all.held); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		answer(w, r, all)
	})
}

// describe says in headers how complete a roll is.
func describe(h http.Header, roll *room.Roll) {
	missing := roll.Missing()
	h.Set("Cache-Control", "no-store")
	h.Set("Rollcall-Complete", strconv.FormatBool(len(missing) == 0))
	h.Set("Rollcall-Nodes", strconv.Itoa(len(roll.Nodes)-len(missing))+"/"+strconv.Itoa(len(roll.Nodes)))
	if len(missing) > 0 {
		h.Set("Rollcall-Missing", strings.Join(missing, ", "))
	}
	if len(roll.Lost) > 0 {
		h.Set("Rollcall-Lost", namesOf(roll.Lost))
	}
}

func namesOf(lost []membership.Lost) string {
	names := make([]string, len(lost))
	for i, l := range lost {
		names[i] = l.Name
	}
	return strings.Join(names, ", ")
}

// roomState is the full answer about a room. It has no names unless they are asked for by
// ?expand=user: those belong to the user store.
type roomState struct {
	Room     string       `json:"room"`
	Complete bool         `json:"complete"`
	Epoch    uint64       `json:"epoch"` // of the room's events; 0 before the first
	Seq      uint64       `json:"seq"`
	TraceID  string       `json:"trace_id"` // of this very roll call; "" if tracing is off
	Nodes    []nodeState  `json:"nodes"`
	Counts   counts       `json:"counts"`
	Users    []userInRoom `json:"users"` // by id_user
}

// nodeState is how a node took part in a roll call: it answered, said that nothing
// changed since its last answer, did not answer by the deadline, or was evicted as
// failed and may still hold sockets that we cannot see.
type nodeState struct {
	Node      string         `json:"node"`
	Status    string         `json:"status" enum:"answered,unchanged,missing,lost"`
	Sockets   int            `json:"sockets"`
	LatencyMS float64        `json:"latency_ms"`
	Since     room.Timestamp `json:"since,omitempty"` // of a lost node: since when
}

type counts struct {
	Users   int `json:"users"`
	Sockets int `json:"sockets"`
	Nodes   int `json:"nodes"`
}

// userInRoom is a user with the sockets in the room. What the user store has of it is there
// if it was asked for, and the user has a row.
type userInRoom struct {
	User    string          `json:"id_user"`
	Name    string          `json:"name,omitempty"`
	Profile json.RawMessage `json:"profile,omitempty"`
	Version int64           `json:"version,omitempty"`
	Sockets []socketInRoom  `json:"sockets"` // by id_socket
}

type socketInRoom struct {
	Socket string         `json:"id_socket"`
	Node   string         `json:"node"`
	Since  room.Timestamp `json:"since"`
}

func (s *Server) roomState(w http.ResponseWriter, r *http.Request, roll expanded) {
	state := stateOf(roll)
	state.TraceID = trace.From(r.Context()).TraceID()
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(roll.held.encoded(state))
}

func stateOf(roll expanded) roomState {
	state := roomState{
		Room: roll.Room, Complete: roll.Complete(), Epoch: roll.Epoch, Seq: roll.Seq,
		Nodes: []nodeState{}, Users: []userInRoom{},
	}
	byUser := make(map[string][]socketInRoom)
	for _, n := range roll.Nodes {
		state.Nodes = append(state.Nodes, nodeState{
			Node: n.Node, Status: string(n.Status), Sockets: len(n.Entries),
			LatencyMS: float64(n.Latency.Microseconds()) / 1000,
		})
		for _, e := range n.Entries {
			byUser[e.User] = append(byUser[e.User], socketInRoom{Socket: e.Socket, Node: n.Node, Since: room.TimestampOf(time.UnixMilli(e.Since))})
		}
	}
	for _, l := range roll.Lost {
		state.Nodes = append(state.Nodes, nodeState{Node: l.Name, Status: "lost", Since: room.TimestampOf(l.Since)})
	}
	for id, sockets := range byUser {
		slices.SortFunc(sockets, func(a, b socketInRoom) int { return strings.Compare(a.Socket, b.Socket) })
		user := roll.users[id]
		state.Users = append(state.Users, userInRoom{User: id, Name: user.Name, Profile: user.Profile, Version: user.Version, Sockets: sockets})
	}
	slices.SortFunc(state.Users, func(a, b userInRoom) int { return strings.Compare(a.User, b.User) })
	state.Counts = counts{Users: len(state.Users), Sockets: roll.Sockets(), Nodes: len(roll.Nodes)}
	return state
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
}
