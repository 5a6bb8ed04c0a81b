package engineio

import (
	"bytes"
	"testing"
)

func BenchmarkDecodeText(b *testing.B) {
	frame := []byte(`42["identity-change",{"id_user":"7","version":12}]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := V4.DecodeText(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendText(b *testing.B) {
	p := text(Message, `2["identity-change",{"id_user":"7","version":12}]`)
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = V4.AppendText(buffer[:0], p)
	}
}

func BenchmarkDecodePayload(b *testing.B) {
	body := bytes.Repeat([]byte("42[\"message\",\"hello\"]\x1e"), 99)
	body = append(body, '2')
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := DecodePayload(body, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
