package engine

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// frameOf is a frame of a client.
func frameOf(opcode byte, masked bool, body []byte) []byte {
	var mask byte
	if masked {
		mask = 0x80
	}
	frame := []byte{0x80 | opcode}
	switch n := len(body); {
	case n < 126:
		frame = append(frame, mask|byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, mask|126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, mask|127), uint64(n))
	}
	if masked {
		frame = append(frame, 0, 0, 0, 0)
	}
	return append(frame, body...)
}

// However the frames are cut, the close frame is found, and nothing else is taken
// for one.
func TestFrameScannerFindsTheCloseFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		for range rapid.IntRange(0, 5).Draw(t, "frames") {
			size := rapid.SampledFrom([]int{0, 1, 125, 126, 1000, 65_535, 65_536}).Draw(t, "size")
			opcode := rapid.SampledFrom([]byte{0, 1, 2, 9, 10}).Draw(t, "opcode")
			stream = append(stream, frameOf(opcode, rapid.Bool().Draw(t, "masked"), bytes.Repeat([]byte{0x88, 0x81}, (size+1)/2)[:size])...)
		}
		size := rapid.IntRange(-1, 3).Draw(t, "close")
		if size >= 0 {
			stream = append(stream, frameOf(8, true, make([]byte, size))...)
		}
		var w frameScanner
		for len(stream) > 0 {
			n := rapid.IntRange(1, min(len(stream), 70_000)).Draw(t, "read")
			w.look(stream[:n])
			stream = stream[n:]
		}
		if w.closing != (size >= 0) || w.badClose != (size == 1) {
			t.Fatalf("a close frame of %d bytes: %v, bad %v", size, w.closing, w.badClose)
		}
	})
}

func TestFrameScannerChangesNothing(t *testing.T) {
	here, there := net.Pipe()
	w := &frameScanner{Conn: here}
	if w.NetConn() != here {
		t.Error("not the connection below")
	}
	frames := append(frameOf(2, true, make([]byte, 300)), frameOf(8, true, []byte{3})...)
	go func() {
		_, _ = there.Write(frames)
		_ = there.Close()
	}()
	got, err := io.ReadAll(w)
	if actorstest.Must(t, err); !bytes.Equal(got, frames) || !w.badClose {
		t.Errorf("read %q, bad close %v", got, w.badClose)
	}
}
