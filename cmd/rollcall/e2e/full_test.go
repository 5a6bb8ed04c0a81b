//go:build unix

package e2e

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// fullAnswer is that of GET /api/rooms/{room}, as far as the tests look.
type fullAnswer struct {
	Room     string
	Complete bool
	moment
	TraceID string `json:"trace_id"`
	Counts  fullCounts
	Nodes   []struct {
		Node, Status string
		Sockets      int
		LatencyMS    float64 `json:"latency_ms"`
	}
	Users []struct {
		User    string `json:"id_user"`
		Sockets []struct {
			ID    string `json:"id_socket"`
			Node  string
			Since time.Time
		}
	}
}

type fullCounts struct{ Users, Sockets, Nodes int }

func parseFull(t testing.TB, answer harness.Answer) (full fullAnswer) {
	t.Helper()
	if answer.Status != http.StatusOK {
		t.Fatalf("%d %s", answer.Status, answer.Body)
	}
	if err := json.Unmarshal([]byte(answer.Body), &full); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
	return full
}

// sockets returns the users of the answer as a roll.
func (f fullAnswer) sockets() map[string]string {
	roll := make(map[string]string)
	for _, user := range f.Users {
		for _, socket := range user.Sockets {
			roll[socket.ID] = user.User
		}
	}
	return roll
}
