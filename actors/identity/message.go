package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Message is what travels over the bus: a [Change], a [Relay], or a probe.
type Message interface {
	// envelope returns the message in the form that is sent.
	envelope() envelope
}

// Relay is a client's own identity-change event on its way to the other sockets
// of its rooms, on all nodes. Its number tells whether it came, or came before: what
// the bus loses the nodes ask each other for.
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

// Beacon is what a node tells of itself by each of its probes.
type Beacon struct {
	Node        string
	Incarnation string // of its process
	Relays      uint64 // number of its latest relay
}

// envelope is the form in which messages are sent: one JSON object. A node
// ignores another version than its own, and a kind that it does not know, so nodes
// of two releases can share a bus.
type envelope struct {
	Version int     `json:"v"`
	Kind    string  `json:"kind"` // names the one field below that is set
	Change  *Change `json:"change,omitempty"`
	Relay   *Relay  `json:"relay,omitempty"`
	Probe   string  `json:"probe,omitempty"`

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
)

func (c Change) envelope() envelope {
	return envelope{Version: envelopeVersion, Kind: kindChange, Change: &c}
}

func (r Relay) envelope() envelope {
	return envelope{Version: envelopeVersion, Kind: kindRelay, Relay: &r}
}

func (p probe) envelope() envelope {
	return envelope{
		Version: envelopeVersion, Kind: kindProbe, Probe: p.id, Seq: p.seq,
		Node: p.beacon.Node, Incarnation: p.beacon.Incarnation, Relays: p.beacon.Relays,
	}
}

// encode returns m as it is sent. A relay's payload must be valid JSON; its
// characters stay as they are, <, > and & too.
func encode(m Message) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(m.envelope()); err != nil {
		return nil, fmt.Errorf("encode a message for the bus: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// decode reads what encode wrote. It returns a nil Message, and no error, for a
// version or a kind that this release does not know.
func decode(text []byte) (Message, error) {
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
		return probe{id: e.Probe, seq: e.Seq, beacon: Beacon{Node: e.Node, Incarnation: e.Incarnation, Relays: e.Relays}}, nil
	}
	return nil, nil
}

func decodedChange(c *Change) (Message, error) {
	if c == nil || c.Seq < 1 || c.Version < 1 {
		return nil, errors.New("decode a change: seq and version must be at least 1")
	}
	return *c, nil
}

func decodedRelay(r *Relay) (Message, error) {
	if r == nil || r.Socket == "" || len(r.Payload) == 0 || r.Incarnation == "" || r.Number == 0 {
		return nil, errors.New("decode a relay: id_socket, payload, incarnation or number is missing")
	}
	return *r, nil
}
