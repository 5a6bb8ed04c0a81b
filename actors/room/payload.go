package room

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// IdentityPayload returns payload, a JSON object or nil, with id_user and
// version set by us: what the client wrote there is not trusted. The rest passes
// as it came.
func IdentityPayload(user string, version int64, payload json.RawMessage) json.RawMessage {
	out := socketio.AppendString([]byte(`{"id_user":`), user)
	out = strconv.AppendInt(append(out, `,"version":`...), version, 10)
	_ = eachField(payload, func(key string, value json.RawMessage) {
		if key != "id_user" && key != "version" {
			out = append(out, ',')
			out = socketio.AppendString(out, key)
			out = append(append(out, ':'), value...)
		}
	})
	return append(out, '}')
}

// CheckPayload returns the first argument of an identity-change event: an object,
// which is empty if there is none. What stands for an attachment is no object.
func CheckPayload(p session.Payload) (json.RawMessage, error) {
	if len(p.Args) == 0 {
		return json.RawMessage(`{}`), nil
	}
	attachment := false
	err := eachField(p.Args[0], func(key string, value json.RawMessage) {
		attachment = attachment || key == "_placeholder" && string(value) == "true"
	})
	if err != nil || attachment && len(p.Attachments) > 0 {
		return nil, problem.New(problem.Invalid, `identity-change takes an object, such as {"id_user": "1"}`).Named(problem.BadArguments)
	}
	return p.Args[0], nil
}

// isBare reports whether a relay says no more than that a user is at a version. It
// reads nothing that a client wrote: the payload is as IdentityPayload made it.
func isBare(msg *protos.Relay) bool {
	return len(msg.GetArgs()) == 0 && len(msg.GetAttachments()) == 0 &&
		bytes.Equal(msg.GetPayload(), IdentityPayload(msg.GetIdUser(), msg.GetVersion(), nil))
}

// eachField calls visit for each field of a JSON object, in order, with its value
// as it is written.
func eachField(object json.RawMessage, visit func(key string, value json.RawMessage)) error {
	if len(object) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return fmt.Errorf("not an object: %.40s", object)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		visit(key.(string), value)
	}
	_, err := decoder.Token()
	return err
}
