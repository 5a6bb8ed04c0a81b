package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// Fields are those of a JSON object, as they are written.
type Fields map[string]json.RawMessage

// ParseFields reads a JSON object, and nothing else. What encoding/json would settle by
// itself is refused: bytes that are not UTF-8, and a field that is there twice. The error
// is [problem.Invalid], and a part of a sentence.
func ParseFields(text []byte) (Fields, error) {
	if !utf8.Valid(text) {
		return nil, problem.New(problem.Invalid, "it is not valid UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	fields, err := readFields(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, problem.New(problem.Invalid, "something follows it")
	}
	return fields, nil
}

func readFields(decoder *json.Decoder) (Fields, error) {
	switch token, err := decoder.Token(); {
	case errors.Is(err, io.EOF):
		return nil, problem.New(problem.Invalid, "it is empty")
	case err != nil:
		return nil, notJSON(err)
	case token != json.Delim('{'):
		return nil, problem.New(problem.Invalid, "it is no JSON object")
	}
	fields := Fields{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		name, _ := key.(string) // nothing else can be there
		if _, twice := fields[name]; twice {
			return nil, problem.New(problem.Invalid, "the field %.40q is there twice", name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, notJSON(err)
		}
		fields[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, notJSON(err)
	}
	return fields, nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return problem.New(problem.Invalid, "it ends too early")
	}
	return problem.New(problem.Invalid, "%s", strings.TrimPrefix(err.Error(), "json: "))
}

// Text returns the text of a field. The error is [problem.Invalid], and a part of a sentence.
func (f Fields) Text(name string) (string, error) {
	value := f[name]
	text, ok := socketio.ParseString(value)
	switch {
	case ok:
		return text, nil
	case len(value) > 0 && value[0] == '"':
		return "", problem.New(problem.Invalid, `the field %q has half of a surrogate pair, which is no character`, name)
	}
	return "", problem.New(problem.Invalid, "the field %q is missing, or no text", name)
}
