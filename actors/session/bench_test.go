package session

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// mute is an application that lets everybody in and says nothing.
type mute struct{ client *Client }

func (m *mute) Connect(namespace string, _ json.RawMessage) { m.client.Accept(namespace, "ID") }
func (m *mute) Send([]byte, ...[]byte)                      {}
func (m *mute) Event(Event)                                 {}
func (m *mute) Disconnected(string, Reason)                 {}
func (m *mute) Close(r Reason)                              { panic(r) }

func joined(version engineio.Version) *Client {
	m := &mute{}
	c := NewClient(version, 1<<20, m, begin())
	m.client = &c
	c.Open()
	if version != engineio.V3 {
		say(&c, "0")
	}
	return &c
}

func news() Payload {
	return text(`"k2Jx9s-1"`, `{"id_user":7,"epoch":3,"seq":1201}`)
}

func BenchmarkEmit(b *testing.B) {
	c, p := joined(engineio.V4), news()
	b.ReportAllocs()
	for b.Loop() {
		c.Emit("/", "socket-connected", p)
	}
}

func BenchmarkEmitBinary(b *testing.B) {
	p := Payload{Args: []json.RawMessage{socketio.Placeholder(0)}, Attachments: [][]byte{make([]byte, 1024)}}
	for _, v := range []engineio.Version{engineio.V3, engineio.V4} {
		b.Run(map[engineio.Version]string{engineio.V3: "protocol 3", engineio.V4: "protocol 4"}[v], func(b *testing.B) {
			c := joined(v)
			b.ReportAllocs()
			for b.Loop() {
				c.Emit("/", "message", p)
			}
		})
	}
}

// BenchmarkQuestion is a question with its answer, while others are open.
func BenchmarkQuestion(b *testing.B) {
	c, p := joined(engineio.V4), news()
	reply := func(Payload, error) {}
	for range 100 {
		c.EmitAck("/", "x", p, time.Time{}, reply)
	}
	answer := engineio.Packet{Type: engineio.Message}
	b.ReportAllocs()
	for b.Loop() {
		id := c.questions.asked
		c.EmitAck("/", "x", p, time.Time{}, reply)
		answer.Data = socketio.AppendAck(answer.Data[:0], "/", socketio.IDOf(id))
		c.Message(answer)
	}
}

func BenchmarkEventAndAcknowledgement(b *testing.B) {
	c := joined(engineio.V4)
	message := engineio.Packet{Type: engineio.Message, Data: []byte(`217["join","Maths"]`)}
	event := Event{Namespace: "/", ID: socketio.IDOf(17)}
	answer := text(`{"ok":true}`)
	b.ReportAllocs()
	for b.Loop() {
		c.Message(message)
		c.Acknowledge(event, answer)
	}
}
