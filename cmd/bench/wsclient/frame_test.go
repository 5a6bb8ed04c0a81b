package wsclient

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func TestHeaderOfEachLength(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []byte
		want header
	}{
		{"short", []byte{0x81, 125}, header{op: opText, size: 2, payload: 125}},
		{"empty", []byte{0x8a, 0}, header{op: opPong, size: 2}},
		{"16 bits", []byte{0x81, 126, 0x01, 0x02}, header{op: opText, size: 4, payload: 0x102}},
		{"64 bits", []byte{0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, header{op: opText, size: 10, payload: 1 << 16}},
		{"longest", []byte{0x81, 127, 0, 0, 0, 0, 0, 0x10, 0, 0}, header{op: opText, size: 10, payload: longestMessage}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if n := headerSize(test.in[1]); n != len(test.in) {
				t.Fatalf("the header has %d bytes instead of %d", n, len(test.in))
			}
			got, err := parseHeader(test.in)
			if err != nil || got != test.want {
				t.Errorf("%+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestFramesThatNoServerMaySendAreErrors(t *testing.T) {
	for name, in := range map[string][]byte{
		"first fragment":         {0x01, 1},
		"last fragment":          {0x80, 1},
		"compressed":             {0xc1, 1},
		"masked":                 {0x81, 0x81},
		"a byte too long":        {0x81, 127, 0, 0, 0, 0, 0, 0x10, 0, 1},
		"longer than any memory": {0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"long ping":              {0x89, 126, 0, 126},
	} {
		if h, err := parseHeader(in); err == nil {
			t.Errorf("%s: taken as %+v", name, h)
		}
	}
}

// unmask reads what AppendFrame wrote, as RFC 6455 §5.2 has it.
func unmask(t *testing.T, frame []byte) (op byte, payload []byte) {
	t.Helper()
	if frame[0]&0x80 == 0 || frame[1]&0x80 == 0 {
		t.Fatal("a client's frame must be final and masked")
	}
	length, rest := int(frame[1]&0x7f), frame[2:]
	switch length {
	case 126:
		length, rest = int(binary.BigEndian.Uint16(rest)), rest[2:]
	case 127:
		length, rest = int(binary.BigEndian.Uint64(rest)), rest[8:]
	}
	mask, masked := rest[:4], rest[4:]
	if len(masked) != length {
		t.Fatalf("the frame says %d bytes and has %d", length, len(masked))
	}
	for i, b := range masked {
		payload = append(payload, b^mask[i%4])
	}
	return frame[0] & 0x0f, payload
}

func TestFramesOfAClientCanBeUnmasked(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 1<<16 - 1, 1 << 16} {
		want := bytes.Repeat([]byte{'x'}, n)
		op, got := unmask(t, AppendFrame(nil, Fin|opText, want))
		if op != opText || !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back as %d of type %d", n, len(got), op)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	f.Add([]byte{0x81, 5, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0x81, 126, 0, 200, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 2 || len(in) < headerSize(in[1]) {
			return
		}
		h, err := parseHeader(in)
		if err == nil && (h.payload < 0 || h.payload > longestMessage || h.size != headerSize(in[1])) {
			t.Errorf("%x: %+v", in, h)
		}
	})
}
