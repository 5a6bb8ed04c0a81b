package engineio

import (
	"encoding/json"
	"math"
	"time"
)

// Handshake is what the server's first packet, of type [Open], says.
type Handshake struct {
	SID          string        // the session's id; in protocol 4 a secret of the client and the server
	Upgrades     []string      // transports that the client may change to; none on websocket
	PingInterval time.Duration // between heartbeats; whole milliseconds on the wire
	PingTimeout  time.Duration // how long an answer may take; whole milliseconds on the wire
	MaxPayload   int           // largest message that the server accepts, in bytes; not said in protocol 3
}

// handshakeJSON has the keys in the order in which the official servers write
// them. Only MaxPayload may be absent.
type handshakeJSON struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int64    `json:"pingInterval"` // ms
	PingTimeout  int64    `json:"pingTimeout"`  // ms
	MaxPayload   *int     `json:"maxPayload,omitempty"`
}

// Packet returns the open packet of protocol version v that says h.
func (h Handshake) Packet(v Version) Packet {
	said := handshakeJSON{
		SID:          h.SID,
		Upgrades:     h.Upgrades,
		PingInterval: h.PingInterval.Milliseconds(),
		PingTimeout:  h.PingTimeout.Milliseconds(),
	}
	if said.Upgrades == nil {
		said.Upgrades = []string{} // clients expect an array, never null
	}
	if v != V3 {
		said.MaxPayload = &h.MaxPayload
	}
	data, err := json.Marshal(said)
	if err != nil {
		panic(err) // strings and integers only: cannot happen
	}
	return Packet{Type: Open, Data: data}
}

// ParseHandshake reads an open packet of protocol version v, as a client does.
// It must have the keys of that version and no others; the error is
// [NotHandshake].
func ParseHandshake(v Version, p Packet) (Handshake, error) {
	var keys map[string]json.RawMessage
	var said handshakeJSON
	if p.Type != Open || p.Binary || json.Unmarshal(p.Data, &keys) != nil || json.Unmarshal(p.Data, &said) != nil {
		return Handshake{}, NotHandshake
	}
	want := []string{"sid", "upgrades", "pingInterval", "pingTimeout"}
	if v != V3 {
		want = append(want, "maxPayload")
	}
	for _, key := range want {
		if value, ok := keys[key]; !ok || string(value) == "null" {
			return Handshake{}, NotHandshake
		}
	}
	if len(keys) != len(want) || !isMilliseconds(said.PingInterval) || !isMilliseconds(said.PingTimeout) {
		return Handshake{}, NotHandshake
	}
	h := Handshake{
		SID:          said.SID,
		Upgrades:     said.Upgrades,
		PingInterval: time.Duration(said.PingInterval) * time.Millisecond,
		PingTimeout:  time.Duration(said.PingTimeout) * time.Millisecond,
	}
	if said.MaxPayload != nil {
		h.MaxPayload = *said.MaxPayload
	}
	return h, nil
}

// isMilliseconds reports whether ms is one of the durations that Go can hold.
func isMilliseconds(ms int64) bool {
	return ms >= 0 && ms <= math.MaxInt64/int64(time.Millisecond)
}
