package socketio

import (
	"encoding/json"
	"testing"
)

func BenchmarkDecodeEvent(b *testing.B) {
	d := Decoder{Version: V5}
	message := []byte(`2["identity-change",{"id_user":"7","version":12}]`)
	b.ReportAllocs()
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		if _, _, err := d.Text(message); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeEventWithArguments(b *testing.B) {
	d := Decoder{Version: V5}
	message := []byte(`2/admin,17["message-with-ack","hello",{"id_user":"7","version":12}]`)
	b.ReportAllocs()
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		p, _, err := d.Text(message)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := p.Event(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeBinaryEvent(b *testing.B) {
	d := Decoder{Version: V5}
	message, attachment := []byte(`51-["message",{"_placeholder":true,"num":0}]`), make([]byte, 1024)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Text(message); err != nil {
			b.Fatal(err)
		}
		if _, whole, err := d.Binary(attachment); !whole || err != nil {
			b.Fatal(whole, err)
		}
	}
}

func BenchmarkDecodeAck(b *testing.B) {
	d := Decoder{Version: V5}
	message := []byte(`317[{"ok":true,"room":"Maths"}]`)
	b.ReportAllocs()
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		p, _, err := d.Text(message)
		if err != nil || len(p.Args()) != 1 {
			b.Fatal(p, err)
		}
	}
}

func BenchmarkDecodeConnect(b *testing.B) {
	d := Decoder{Version: V5}
	message := []byte(`0/admin,{"token":"k2Jx9s-1"}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		if _, _, err := d.Text(message); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendBinaryEvent(b *testing.B) {
	room, data := json.RawMessage(`"Maths"`), Placeholder(0)
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = AppendBinaryEvent(buffer[:0], "/", ID{}, 1, "message", room, data)
	}
}

func BenchmarkAppendAck(b *testing.B) {
	answer := json.RawMessage(`{"ok":true}`)
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = AppendAck(buffer[:0], "/", IDOf(17), answer)
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	id, more := json.RawMessage(`"k2Jx9s-1"`), json.RawMessage(`{"id_user":"7","epoch":3,"seq":1201}`)
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = AppendEvent(buffer[:0], "/", ID{}, "socket-connected", id, more)
	}
}
