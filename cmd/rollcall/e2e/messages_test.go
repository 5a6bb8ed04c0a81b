//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// source is the first argument of a message.
type source struct {
	Room   string `json:"room"`
	Socket string `json:"id_socket"`
	User   string `json:"id_user"`
}

// messages returns what a client was sent by another in a room, without where it
// came from.
func (a *attendee) messages(room string, sender *attendee) (list [][]json.RawMessage) {
	for _, r := range a.Events("message") {
		var s source
		if r.Arg(0, &s) && s == (source{room, sender.id, sender.user}) {
			list = append(list, r.Args[1:])
		}
	}
	return list
}

// Clients of all generations, each on a node of its own, say a lot at once: each
// hears all that the others said, in order, the bytes as they were, and nothing of
// its own.
func TestMessagesReachTheOthersInOrderAndWhole(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 4, patientRoll), clients.Start(t)
	const room, many = "talk", 60
	all := homes(t, agent, cluster.Nodes)
	stranger := attend(t, agent, cluster.Nodes[0], clients.V48, "elsewhere", "9")
	for _, a := range all {
		a.joins(t, room)
	}
	said := make(map[*attendee][][]any)
	for i := range many {
		for _, a := range all {
			args := []any{map[string]any{"n": i, "text": "\u2028<&>ä\x00"}, nil}
			if i%3 == 0 {
				bytes := clients.Bytes{byte(i), 0, 255, 4}
				args = []any{bytes, []any{map[string]any{"deep": clients.Bytes(strings.Repeat("\x80", 3000))}, i}, clients.Bytes{}}
			}
			said[a] = append(said[a], args)
			a.Emit("message", append([]any{room}, args...)...)
		}
	}
	for _, a := range all {
		if got := a.asks(t, "message", room, "the end"); !got.OK {
			t.Errorf("%v: acknowledged with %+v", a, got)
		}
		said[a] = append(said[a], []any{"the end"})
	}
	for _, a := range all {
		for _, sender := range all {
			want := said[sender]
			if sender == a {
				want = nil
			}
			a.hearsAll(t, room, sender, want)
		}
		if total := len(a.Events("message")); total != (len(all)-1)*(many+1) {
			t.Errorf("%v got %d messages", a, total)
		}
	}
	if got := stranger.asks(t, "message", room, 1); got.OK || !strings.Contains(got.Error, "not in the room") {
		t.Errorf("a stranger's message is acknowledged with %+v", got)
	}
	if got := stranger.Events("message"); len(got) != 0 {
		t.Errorf("the stranger got %v", got)
	}
}

// hearsAll waits until a client has got these messages of another.
func (a *attendee) hearsAll(t testing.TB, room string, sender *attendee, want [][]any) {
	t.Helper()
	harness.Eventually(t, harness.Patience, func() error {
		if n := len(a.messages(room, sender)); n < len(want) {
			return fmt.Errorf("%v has %d messages of %v, want %d", a, n, sender, len(want))
		}
		return nil
	})
	if diff := cmp.Diff(plain(t, want), plain(t, a.messages(room, sender))); diff != "" {
		t.Fatalf("%v heard of %v (-said +heard):\n%s", a, sender, diff)
	}
}

// plain returns a value as what its JSON means.
func plain(t testing.TB, v any) (list []any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// A node that stands still is named to who speaks, at the roll deadline, and
// nobody waits for it once it is evicted.
func TestMessagesNameTheNodeThatStandsStill(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) (l late) {
		cluster, agent := harness.Start(t, 3), clients.Start(t)
		const room = "talk"
		speaker := attend(t, agent, cluster.Nodes[0], clients.V25, room, "1")
		listener := attend(t, agent, cluster.Nodes[1], clients.V48, room, "2")
		cluster.Nodes[2].Freeze()
		if got := speaker.asks(t, "message", room, "one"); got.OK || !strings.HasSuffix(got.Error, "node-3 did not confirm") {
			l.note("acknowledged with %+v", got)
		}
		harness.AwaitMembers(t, cluster.Nodes[:2]...)
		if got := speaker.asks(t, "message", room, "two"); !got.OK {
			l.note("after the eviction acknowledged with %+v", got)
		}
		listener.hearsAll(t, room, speaker, [][]any{{"one"}, {"two"}})
		return l
	})
}
