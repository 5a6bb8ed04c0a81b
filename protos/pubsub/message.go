package pubsub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Message is what is said over Redis: a [Change], a [Relay], a [Probe] or a [Visit].
type Message interface {
	// envelope returns the message in the form that is sent.
	envelope() envelope
}

// Change says that a user has a new version, is no more, or had tokens revoked. It carries no name: whoever needs
// that reads the user, and so cannot show a name that is out of date. Node, or command of an
// operator, that has committed it → every Node, right after the commit. If lost: the number of
// the next one, or that in a Probe, shows the gap, and the node reads it from
// identity_changes; at the latest within ten seconds, in which it looks there anyway.
type Change struct {
	Seq     int64  `json:"seq"` // position in the log of all changes, from 1
	User    string `json:"id_user"`
	Version int64  `json:"version"`
	Removed bool   `json:"removed,omitempty"` // the user is no more, unless added again since: at a higher version
	Revoked int64  `json:"revoked,omitempty"` // tokens issued before are refused, Unix seconds; the user is at the same version then, or at 0 if there was never one
	At      int64  `json:"at,omitempty"`      // when it was written, Unix milliseconds; 0 from a node that did not say

	// Store is the id of the store, for who hears of the change over Redis; "" in the log.
	Store string `json:"store,omitempty"`

	// Trace goes with a change over Redis; it is no part of the log. See
	// package trace.
	Trace string `json:"trace,omitempty"`
}

// Relay is a client's own identity-change event on its way to the other sockets
// of its rooms, on all nodes. Node of the client → every Node, if there is a cluster key
// and Redis is not in doubt; otherwise it goes as protos.Relay from node to node. Its number
// tells whether it came, or came before. If lost: a Probe, or protos.RelayMark, shows that it
// is lacking, and it is asked for by protos.AskRelays.
type Relay struct {
	Socket  string          `json:"id_socket"` // the sender, who does not get it back
	User    string          `json:"id_user"`
	Version int64           `json:"version"`
	Rooms   []string        `json:"rooms"`
	Payload json.RawMessage `json:"payload"` // the event's argument: as the client wrote it, but whose it is and at which version

	Args        []json.RawMessage `json:"args,omitempty"`        // its further arguments
	Attachments [][]byte          `json:"attachments,omitempty"` // what the placeholders in both stand for; base64

	Node        string `json:"node"`        // of the sender,
	Incarnation string `json:"incarnation"` // that node's process, which counts its relays
	Number      uint64 `json:"number"`      // from 1

	Trace string `json:"trace,omitempty"`
}

// Probe is a message that a node sends to itself over Redis, to see whether what
// is published arrives: a subscription may be dead while its connection answers
// pings. To all nodes it tells who can be heard, and which change and which relay was
// the last, should that be lost. Node → every Node, itself above all: when it has
// subscribed, and twice a second. If lost: after half a second its node takes Redis to be in
// doubt, and what it says goes straight, too; later it subscribes anew.
type Probe struct {
	ID     string // the subscription's mark and a number
	Seq    int64  // of the latest change that the node published lately; 0 without one
	Beacon Beacon
}

// Beacon is what a node tells of itself by each of its probes.
type Beacon struct {
	Node        string
	Incarnation string // of its process
	Relays      uint64 // number of its latest relay
}

// Visit is a message that no node heeds: whoever tries a Redis sends it to itself, as
// `rollcall doctor` does. If lost: that is what was to be found out.
type Visit string

// envelope is the form in which messages are sent: one JSON object. A node
// ignores another version than its own, and a kind that it does not know, so nodes
// of two releases can share a bus.
type envelope struct {
	Version int     `json:"v"`
	Kind    string  `json:"kind"` // says which one of these is set
	Change  *Change `json:"change,omitempty"`
	Relay   *Relay  `json:"relay,omitempty"`
	Probe   string  `json:"probe,omitempty"` // its id, or what a visit says

	// Besides a probe; see Beacon for the rest.
	Seq         int64  `json:"seq,omitempty"`
	Node        string `json:"node,omitempty"`
	Incarnation string `json:"incarnation,omitempty"`
	Relays      uint64 `json:"relays,omitempty"`
}

const (
	envelopeVersion = 2 // since id_user is text
	kindChange      = "change"
	kindRelay       = "relay"
	kindProbe       = "probe"
	kindVisit       = "visit"
)

func (c Change) envelope() envelope {
	return envelope{Version: envelopeVersion, Kind: kindChange, Change: &c}
}

func (r Relay) envelope() envelope {
	return envelope{Version: envelopeVersion, Kind: kindRelay, Relay: &r}
}

func (p Probe) envelope() envelope {
	return envelope{
		Version: envelopeVersion, Kind: kindProbe, Probe: p.ID, Seq: p.Seq,
		Node: p.Beacon.Node, Incarnation: p.Beacon.Incarnation, Relays: p.Beacon.Relays,
	}
}

func (v Visit) envelope() envelope {
	return envelope{Version: envelopeVersion, Kind: kindVisit, Probe: string(v)}
}

// Encode returns m as it is sent. A relay's payload must be valid JSON; its
// characters stay as they are, <, > and & too.
func Encode(m Message) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(m.envelope()); err != nil {
		return nil, fmt.Errorf("encode a message for the bus: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// Decode reads what Encode wrote. It returns a nil Message, and no error, for a
// version or a kind that this release does not know, and for a visit.
func Decode(text []byte) (Message, error) {
	var head struct {
		Version int    `json:"v"`
		Kind    string `json:"kind"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("decode a message of the bus: %w", err)
	}
	switch {
	case head.Version < 1 || head.Kind == "":
		return nil, errors.New("decode a message of the bus: it has no version or no kind")
	case head.Version != envelopeVersion:
		return nil, nil
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, fmt.Errorf("decode a message of the bus: %w", err)
	}
	switch {
	case e.Kind == kindChange:
		return decodedChange(e.Change)
	case e.Kind == kindRelay:
		return decodedRelay(e.Relay)
	case e.Kind == kindProbe:
		return Probe{ID: e.Probe, Seq: e.Seq, Beacon: Beacon{Node: e.Node, Incarnation: e.Incarnation, Relays: e.Relays}}, nil
	}
	return nil, nil
}

func decodedChange(c *Change) (Message, error) {
	switch {
	case c == nil || c.Seq < 1 || c.Version < 0 || c.Version == 0 && c.Revoked == 0:
		return nil, errors.New("decode a change: seq and version must be at least 1")
	case c.Revoked < 0 || c.Revoked > 0 && c.Removed:
		return nil, errors.New("decode a change: it revokes tokens from a moment that cannot be, or removes the user as well")
	}
	return *c, nil
}

func decodedRelay(r *Relay) (Message, error) {
	if r == nil || r.Socket == "" || len(r.Payload) == 0 || r.Incarnation == "" || r.Number == 0 {
		return nil, errors.New("decode a relay: id_socket, payload, incarnation or number is missing")
	}
	return *r, nil
}
