package room

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// ear is a socket that keeps what it is told.
type ear struct{ told [][]byte }

var _ Connection = (*ear)(nil)

func (e *ear) Push(f *outbox.Frame) { e.told = append(e.told, f.Data) }

func (e *ear) PushMessage(_ string, frames []*outbox.Frame) bool {
	for _, f := range frames {
		e.Push(f)
	}
	return true
}

func (*ear) Tell(any)               {}
func (*ear) Charge(quota.Cost, int) {}

// A roll call comes behind a hundred messages to a room of thousands. It is answered
// when a turn of them was told, and all are told in the end.
func TestRollCallDoesNotWaitForMessages(t *testing.T) {
	const sockets, messages = 3 * Turn, 50
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		ears := make([]ear, sockets)
		for i := range ears {
			st := NewSeat(Entry{Socket: idOf(i), User: "1"}, "Maths", &ears[i], engineio.V4)
			st.greeted = true
			l.seats.join(st)
		}
		// told adds up what the sockets have been told, and looks whether it is in order.
		told := func() (frames int) {
			for i := range ears {
				for n, frame := range ears[i].told {
					if want := fmt.Sprintf(",%d]", n); !bytes.HasSuffix(frame, []byte(want)) {
						t.Fatalf("socket %d was told %s, want %s", i, frame, want)
					}
				}
				frames += len(ears[i].told)
			}
			return frames
		}
		asker := actor.NewPID("b:1", "asker")
		for i := range messages {
			l.handle(&protos.RoomMessage{Room: "Maths", IdSocket: "somebody", IdUser: "1", Args: [][]byte{fmt.Append(nil, i)}}, asker)
		}
		l.handle(&protos.RollCall{Call: 1, Room: "Maths"}, asker)
		if !slices.ContainsFunc(l.take(), func(s sent) bool { _, ok := s.msg.(*protos.RollReply); return ok }) {
			t.Error("the roll is not answered")
		}
		if n := told(); n > Turn {
			t.Errorf("%d were told before the roll was answered", n)
		}
		l.catchUp()
		if n := told(); n != sockets*messages {
			t.Errorf("%d were told in the end", n)
		}
	})
}

// Who may not see who is in the room hears messages there, and nothing of users: not when they
// change, nor what their clients say of that.
func TestWhoMayNotSeeIsToldMessagesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		ears := make([]ear, 2)
		for i := range ears {
			st := NewSeat(Entry{Socket: idOf(i), User: "1"}, "Maths", &ears[i], engineio.V4)
			st.greeted = true
			st.Sees(i == 0)
			l.tell(&Join{Seat: st})
		}
		for i := range ears {
			ears[i].told = nil
		}
		l.tell(NewRelayed(&protos.Relay{IdSocket: "somebody", IdUser: "1", Version: 7, Payload: []byte(`{"id_user":"1","version":7,"mood":"good"}`)}))
		l.tell(UserChanged{User: "1", Version: 8})
		l.pass(2 * HoldBack)
		l.tell(&Emission{Room: "Maths", Event: "news", Done: func(int, bool) {}})
		l.tell(&protos.RoomMessage{Room: "Maths", IdSocket: "somebody", IdUser: "2"})
		for i, want := range [][]string{{`42["identity-change",{"id_user":"1","version":7,"mood"`, `42["identity-change",{"id_user":"1","version":8`, `42["news"`, `42["message"`}, {`42["news"`, `42["message"`}} {
			if !slices.EqualFunc(ears[i].told, want, func(told []byte, want string) bool { return bytes.HasPrefix(told, []byte(want)) }) {
				t.Errorf("socket %d was told %q, want %q", i, ears[i].told, want)
			}
		}
	})
}
