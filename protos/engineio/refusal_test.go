package engineio

import (
	"encoding/json"
	"testing"
)

// The bodies are those of engine.io 6.6, byte for byte.
func TestRefusalsAreTheOfficialOnes(t *testing.T) {
	tests := []struct {
		refusal Refusal
		status  int
		body    string
	}{
		{UnknownTransport, 400, `{"code":0,"message":"Transport unknown"}`},
		{UnknownSession, 400, `{"code":1,"message":"Session ID unknown"}`},
		{BadHandshakeMethod, 400, `{"code":2,"message":"Bad handshake method"}`},
		{BadRequest, 400, `{"code":3,"message":"Bad request"}`},
		{Forbidden, 403, `{"code":4,"message":"Forbidden"}`},
		{UnsupportedVersion, 400, `{"code":5,"message":"Unsupported protocol version"}`},
	}
	for _, test := range tests {
		body, err := json.Marshal(test.refusal)
		if err != nil || string(body) != test.body {
			t.Errorf("refusal %d is %s, %v; want %s", int(test.refusal), body, err, test.body)
		}
		if got := test.refusal.Status(); got != test.status {
			t.Errorf("refusal %d has status %d, want %d", int(test.refusal), got, test.status)
		}
	}
}
