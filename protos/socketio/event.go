package socketio

import (
	"bytes"
	"encoding/json"
)

// Event returns the name and the arguments of an event, which share the memory
// of p.Data. If the name is a number, which the official parsers allow, it is
// returned as written. p.Data must be valid JSON, as a [Decoder] guarantees.
//
// It fails with [NotEvent] if p is something else or has no data: the session
// should ignore an event without data, which is p.Data == nil.
func (p Packet) Event() (name string, args []json.RawMessage, err error) {
	if p.Type != Event && p.Type != BinaryEvent {
		return "", nil, NotEvent
	}
	named := false
	for element := range elements(p.Data) {
		if !named {
			decoded, err := eventName(element)
			if err != nil {
				return "", nil, err
			}
			name, named = string(decoded), true
			continue
		}
		if args == nil {
			args = make([]json.RawMessage, 0, 2) // most events have one or two
		}
		args = append(args, element)
	}
	if !named {
		return "", nil, NotEvent
	}
	return name, args, nil
}

// Args returns the arguments of an answer, which share the memory of p.Data;
// none if p is no ACK or BINARY_ACK.
func (p Packet) Args() []json.RawMessage {
	if p.Type != Ack && p.Type != BinaryAck {
		return nil
	}
	var args []json.RawMessage
	for element := range elements(p.Data) {
		args = append(args, element)
	}
	return args
}

// checkName says whether the first element of an event can be its name.
func checkName(element json.RawMessage) error {
	name, err := eventName(element)
	if err != nil {
		return err
	}
	if IsReserved(string(name)) {
		return ReservedName
	}
	return nil
}

// eventName returns the name that the first element of an event stands for. A
// name that is written without escapes is not copied.
func eventName(element json.RawMessage) ([]byte, error) {
	switch {
	case isNumber(element):
		return element, nil
	case !isString(element):
		return nil, NotEvent
	case bytes.IndexByte(element, '\\') < 0:
		return element[1 : len(element)-1], nil
	}
	var name string
	if err := json.Unmarshal(element, &name); err != nil {
		return nil, NotEvent
	}
	return []byte(name), nil
}

func isString(element json.RawMessage) bool {
	return len(element) >= 2 && element[0] == '"' && element[len(element)-1] == '"'
}

func isNumber(element json.RawMessage) bool {
	return len(element) > 0 && (element[0] == '-' || element[0] >= '0' && element[0] <= '9')
}

// IsReserved reports whether name means something to the clients or servers
// themselves, so that no peer may send it: socket.io-parser 4.2,
// RESERVED_EVENTS.
func IsReserved(name string) bool {
	switch name {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}
