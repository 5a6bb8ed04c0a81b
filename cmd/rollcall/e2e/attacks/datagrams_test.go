//go:build linux

package attacks

import (
	"encoding/binary"
	"maps"
	"slices"
)

// What memberlist calls its messages (net.go there).
const (
	suspectMessage = 3
	aliveMessage   = 4
	deadMessage    = 5
)

// packed is an object in MessagePack, whose values are text, bytes or numbers, after the
// byte that says what it is.
func packed(kind byte, fields map[string]any) []byte {
	b := []byte{kind, 0x80 | byte(len(fields))}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		b = append(append(b, 0xa0|byte(len(name))), name...)
		switch value := fields[name].(type) {
		case string:
			b = append(binary.BigEndian.AppendUint16(append(b, 0xda), uint16(len(value))), value...)
		case []byte:
			b = append(binary.BigEndian.AppendUint16(append(b, 0xda), uint16(len(value))), value...)
		case uint32:
			b = binary.BigEndian.AppendUint32(append(b, 0xce), value)
		case uint16:
			b = binary.BigEndian.AppendUint16(append(b, 0xcd), value)
		}
	}
	return b
}

// alive says that a node is at an address of 127.0.0.1.
func alive(node string, incarnation uint32, port uint16, meta []byte) []byte {
	return packed(aliveMessage, map[string]any{
		"Incarnation": incarnation, "Node": node, "Addr": []byte{127, 0, 0, 1}, "Port": port,
		"Meta": meta, "Vsn": []byte{1, 5, 2, 2, 5, 4},
	})
}

// accused says that a node is suspected, or dead.
func accused(kind byte, node, from string, incarnation uint32) []byte {
	return packed(kind, map[string]any{"Incarnation": incarnation, "Node": node, "From": from})
}
