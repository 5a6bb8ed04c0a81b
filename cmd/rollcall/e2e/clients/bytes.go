//go:build unix

package clients

import "encoding/json"

// Bytes is a binary argument of an event, in the form in which the agent and the
// tests tell each other of it.
type Bytes []byte

type buffer struct {
	Type string `json:"type"`
	Data []int  `json:"data"`
}

// MarshalJSON returns what Node makes of a Buffer.
func (b Bytes) MarshalJSON() ([]byte, error) {
	data := make([]int, len(b))
	for i, c := range b {
		data[i] = int(c)
	}
	return json.Marshal(buffer{"Buffer", data})
}
