package engineio

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"
)

func FuzzTextFrame(f *testing.F) {
	for _, frame := range []string{"", "0{}", "1", "2probe", "3", "4€", "5", "6", "7", "b", "b4", "bAQID", "b4AQIDBA==", "bA\nQID", "4\xff"} {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		for _, v := range []Version{V3, V4} {
			p, err := v.DecodeText(frame)
			if err != nil {
				if !reflect.DeepEqual(p, Packet{}) {
					t.Fatalf("%d: %+v with error %v", v, p, err)
				}
				continue
			}
			encoded := v.AppendText(nil, p)
			if !p.Binary && (!bytes.Equal(encoded, frame) || !utf8.Valid(p.Data)) {
				t.Fatalf("%d: %q became %q", v, frame, encoded)
			}
			again, err := v.DecodeText(encoded)
			if err != nil || !same(p, again) {
				t.Fatalf("%d: %+v became %+v, %v", v, p, again, err)
			}
			other := V3 + V4 - v
			if mixed, err := other.DecodeText(encoded); p.Binary && err == nil && same(mixed, p) {
				t.Fatalf("base64 of protocol %d is also that of protocol %d: %q", v, other, encoded)
			}
		}
	})
}

func FuzzBinaryFrame(f *testing.F) {
	for _, frame := range []string{"", "\x04", "\x04\x01", "\x02", "4abc", "\xff\x00"} {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		v4, err := V4.DecodeBinary(frame)
		if err != nil || !bytes.Equal(V4.AppendBinary(nil, v4), frame) {
			t.Fatalf("protocol 4: %q became %+v, %v", frame, v4, err)
		}
		v3, err := V3.DecodeBinary(frame)
		if isMessage := bytes.HasPrefix(frame, []byte{4}); isMessage != (err == nil) {
			t.Fatalf("protocol 3: %q: %v", frame, err)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(V3.AppendBinary(nil, v3), frame) {
			t.Fatalf("protocol 3: %q became %+v", frame, v3)
		}
		if same(v3, v4) {
			t.Fatalf("both protocols read %q alike", frame)
		}
	})
}

func FuzzPayload(f *testing.F) {
	for _, body := range []string{"", "4a", "2\x1e4€\x1ebAQIDBA==", "\x1e", "4\x1e", "4\x1e4\x1e4\x1e4\x1e4\x1e4\x1e4\x1e4\x1e4", "b\x1eb", "6:4hello2:4€"} {
		f.Add([]byte(body))
	}
	limits := Limits{Bytes: 256, Packets: 8}
	f.Fuzz(func(t *testing.T, body []byte) {
		packets, err := DecodePayload(body, limits)
		if err != nil {
			if packets != nil {
				t.Fatalf("%d packets with error %v", len(packets), err)
			}
			return
		}
		if len(body) > limits.Bytes || len(packets) > limits.Packets {
			t.Fatalf("limits %+v not kept: %d bytes, %d packets", limits, len(body), len(packets))
		}
		encoded, err := payloadOf(packets)
		if err != nil || len(encoded) > limits.Bytes {
			t.Fatalf("%q: %d packets in %d bytes, %v", body, len(packets), len(encoded), err)
		}
		again, err := DecodePayload(encoded, limits)
		if err != nil || !slices.EqualFunc(packets, again, same) {
			t.Fatalf("%+v became %+v, %v", packets, again, err)
		}
	})
}

func FuzzHandshake(f *testing.F) {
	f.Add([]byte(`{"sid":"a","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`))
	f.Add([]byte(`{"sid":"\ud800<","upgrades":[],"pingInterval":1,"pingTimeout":9223372036854}`))
	f.Add([]byte(`{"SID":"a","upgrades":[null],"pingInterval":1e3,"pingTimeout":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		accepted := 0
		for _, v := range []Version{V3, V4} {
			h, err := ParseHandshake(v, Packet{Type: Open, Data: data})
			if err != nil {
				continue
			}
			accepted++
			again, err := ParseHandshake(v, h.Packet(v))
			if err != nil || !reflect.DeepEqual(h, again) {
				t.Fatalf("%d: %+v became %+v, %v", v, h, again, err)
			}
		}
		if accepted == 2 {
			t.Fatalf("both protocols accept %s", data)
		}
	})
}
