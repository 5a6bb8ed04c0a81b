package room

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/problem"
)

func TestIdentityPayload(t *testing.T) {
	tests := map[string]struct{ payload, want string }{
		"nothing":             {"", `{"id_user":"7","version":3}`},
		"empty":               {"{}", `{"id_user":"7","version":3}`},
		"the seed's":          {`{"id_user":"1"}`, `{"id_user":"7","version":3}`},
		"claims":              {`{"version":99,"id_user":"me","name":"x"}`, `{"id_user":"7","version":3,"name":"x"}`},
		"claims with escapes": {`{"id\u005fuser":1,"v\u0065rsion":2}`, `{"id_user":"7","version":3}`},
		"repeated claims":     {`{"id_user":"1","id_user":"2"}`, `{"id_user":"7","version":3}`},
		"other case is free":  {`{"ID_USER":1}`, `{"id_user":"7","version":3,"ID_USER":1}`},
		"deep claims are not": {`{"a":{"id_user":"1"}}`, `{"id_user":"7","version":3,"a":{"id_user":"1"}}`},
		"values as they came": {`{"a":"\ud800<&>","b":12345678901234567890.10,"c":[ 1, 2 ]}`, `{"id_user":"7","version":3,"a":"\ud800<&>","b":12345678901234567890.10,"c":[ 1, 2 ]}`},
		"space around":        {" {\n\t\"a\" : 1 , \"b\" : null } ", `{"id_user":"7","version":3,"a":1,"b":null}`},
		"strange keys":        {`{"":1,"\"":2,"ü\n":3}`, `{"id_user":"7","version":3,"":1,"\"":2,"ü\n":3}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := string(IdentityPayload("7", 3, json.RawMessage(test.payload))); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestCheckPayload(t *testing.T) {
	raw := func(texts ...string) []json.RawMessage {
		var args []json.RawMessage
		for _, text := range texts {
			args = append(args, json.RawMessage(text))
		}
		return args
	}
	tests := []struct {
		name string
		args []json.RawMessage
		want string
		bad  bool
	}{
		{"none", nil, `{}`, false},
		{"object", raw(`{"id_user":"1"}`), `{"id_user":"1"}`, false},
		{"what follows is anything", raw(`{}`, `"x"`), `{}`, false},
		{"an attachment deep inside", raw(`{"a":{"_placeholder":true,"num":0}}`), `{"a":{"_placeholder":true,"num":0}}`, false},
		{"an attachment", raw(`{"_placeholder":true,"num":0}`), "", true},
		{"null", raw("null"), "", true},
		{"array", raw("[]"), "", true},
		{"string", raw(`"{}"`), "", true},
		{"number", raw("1"), "", true},
		{"cut off", raw(`{"a":`), "", true},
		{"not JSON", raw(`{a:1}`), "", true},
		{"too deep", raw(`{"a":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`), "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := CheckPayload(session.Payload{Args: test.args, Attachments: [][]byte{nil}})
			if string(got) != test.want || (problem.CodeOf(err) == problem.Invalid) != test.bad || (err != nil) != test.bad {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

// Whatever arrives from a client or another node: what the others get is a JSON
// object in which id_user and version are ours, once each, and every other field
// is as it came.
func FuzzIdentityPayload(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"id_user":"1"}`, `{"a":"\ud800","a":2,"id\u005fuser":3}`, `{"a":1`, `[1]`, `{"a":[{"b":1e400}]}x`, "{\"\xff\":1}"} {
		f.Add("7", int64(3), []byte(seed))
	}
	f.Add("\xc3\xe7", int64(3), []byte(""))
	f.Fuzz(func(t *testing.T, user string, version int64, payload []byte) {
		got := IdentityPayload(user, version, payload)
		if !json.Valid(got) {
			t.Fatalf("%q became %q, which is no JSON", payload, got)
		}
		ours := map[string]any{"id_user": string([]rune(user)), "version": float64(version)}
		var kept, came []json.RawMessage
		seen := map[string]int{}
		actorstest.Must(t, eachField(got, func(key string, value json.RawMessage) {
			seen[key]++
			want, is := ours[key]
			if !is {
				kept = append(kept, value)
				return
			}
			var has any
			if json.Unmarshal(value, &has) != nil || has != want {
				t.Errorf("%s is %s, want %v", key, value, want)
			}
		}))
		if seen["id_user"] != 1 || seen["version"] != 1 {
			t.Errorf("%q has id_user %d times, version %d times", got, seen["id_user"], seen["version"])
		}
		if _, err := CheckPayload(session.Payload{Args: []json.RawMessage{payload}}); err != nil {
			return // nobody relays this
		}
		_ = eachField(payload, func(key string, value json.RawMessage) {
			if _, is := ours[key]; !is {
				came = append(came, value)
			}
		})
		if !bytes.Equal(bytes.Join(raws(kept), []byte{0}), bytes.Join(raws(came), []byte{0})) {
			t.Errorf("%q became %q", payload, got)
		}
	})
}

func raws(values []json.RawMessage) [][]byte {
	list := make([][]byte, len(values))
	for i, v := range values {
		list[i] = v
	}
	return list
}
