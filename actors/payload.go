package actors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/rollcall/rollcall/protos/socketio"
)

// identityPayload returns payload, a JSON object or nil, with id_user and
// version set by us: what the client wrote there is not trusted. The rest passes
// as it came.
func identityPayload(user string, version int64, payload json.RawMessage) json.RawMessage {
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

// checkPayload returns the argument of an identity-change event: an object, or
// nothing.
func checkPayload(args []json.RawMessage) (json.RawMessage, error) {
	if len(args) == 0 {
		return nil, nil
	}
	if err := eachField(args[0], func(string, json.RawMessage) {}); err != nil {
		return nil, badArguments(`identity-change takes an object, such as {"id_user": "1"}`)
	}
	return args[0], nil
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
