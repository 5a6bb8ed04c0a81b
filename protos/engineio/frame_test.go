package engineio

import (
	"bytes"
	"errors"
	"testing"
)

// same reports whether two packets mean the same.
func same(a, b Packet) bool {
	return a.Type == b.Type && a.Binary == b.Binary && bytes.Equal(a.Data, b.Data)
}

func text(t Type, data string) Packet { return Packet{Type: t, Data: []byte(data)} }

func binary(data string) Packet {
	return Packet{Type: Message, Binary: true, Data: []byte(data)}
}

func TestTextFrames(t *testing.T) {
	tests := []struct {
		frame string
		v3    Packet
		v3err error
		v4    Packet
		v4err error
	}{
		{frame: "0{}", v3: text(Open, "{}"), v4: text(Open, "{}")},
		{frame: "1", v3: text(Close, ""), v4: text(Close, "")},
		{frame: "2", v3: text(Ping, ""), v4: text(Ping, "")},
		{frame: "2probe", v3: text(Ping, "probe"), v4: text(Ping, "probe")},
		{frame: "3probe", v3: text(Pong, "probe"), v4: text(Pong, "probe")},
		{frame: "4", v3: text(Message, ""), v4: text(Message, "")},
		{frame: "4€\x1e\x00", v3: text(Message, "€\x1e\x00"), v4: text(Message, "€\x1e\x00")},
		{frame: "42[\"a\"]", v3: text(Message, "2[\"a\"]"), v4: text(Message, "2[\"a\"]")},
		{frame: "5", v3: text(Upgrade, ""), v4: text(Upgrade, "")},
		{frame: "6", v3: text(Noop, ""), v4: text(Noop, "")},

		{frame: "", v3err: NoPacket, v4err: NoPacket},
		{frame: "7", v3err: UnknownType, v4err: UnknownType},
		{frame: "/", v3err: UnknownType, v4err: UnknownType},
		{frame: " 4", v3err: UnknownType, v4err: UnknownType},
		{frame: "\x04", v3err: UnknownType, v4err: UnknownType},
		{frame: "abc", v3err: UnknownType, v4err: UnknownType},
		{frame: "٤", v3err: UnknownType, v4err: UnknownType},

		{frame: "4\xff", v3err: NotUTF8, v4err: NotUTF8},
		{frame: "4\xed\xa0\x80", v3err: NotUTF8, v4err: NotUTF8}, // a lone surrogate
		{frame: "4\xe2\x82", v3err: NotUTF8, v4err: NotUTF8},     // cut short

		// Base64: with the type in protocol 3, without it in protocol 4.
		{frame: "bAQID", v3err: UnknownType, v4: binary("\x01\x02\x03")},
		{frame: "b4AQID", v3: binary("\x01\x02\x03"), v4err: NotBase64},
		{frame: "b", v3err: UnknownType, v4: binary("")},
		{frame: "b4", v3: binary(""), v4err: NotBase64},
		{frame: "b2AQID", v3err: UnknownType, v4err: NotBase64},
		{frame: "bAQ", v3err: UnknownType, v4err: NotBase64},
		{frame: "b4A-_=", v3err: NotBase64, v4err: NotBase64},
	}
	for _, test := range tests {
		got, err := V3.DecodeText([]byte(test.frame))
		if !same(got, test.v3) || !errors.Is(err, test.v3err) {
			t.Errorf("V3.DecodeText(%q) = %+v, %v; want %+v, %v", test.frame, got, err, test.v3, test.v3err)
		}
		got, err = V4.DecodeText([]byte(test.frame))
		if !same(got, test.v4) || !errors.Is(err, test.v4err) {
			t.Errorf("V4.DecodeText(%q) = %+v, %v; want %+v, %v", test.frame, got, err, test.v4, test.v4err)
		}
	}
}

func TestBinaryFrames(t *testing.T) {
	tests := []struct {
		frame string
		v3    Packet
		v3err error
		v4    Packet
	}{
		{frame: "\x04\x01\x02", v3: binary("\x01\x02"), v4: binary("\x04\x01\x02")},
		{frame: "\x04", v3: binary(""), v4: binary("\x04")},
		{frame: "", v3err: NotMessage, v4: binary("")},
		{frame: "\x02\x01", v3err: NotMessage, v4: binary("\x02\x01")},
		{frame: "4\xff", v3err: NotMessage, v4: binary("4\xff")},
	}
	for _, test := range tests {
		got, err := V3.DecodeBinary([]byte(test.frame))
		if !same(got, test.v3) || !errors.Is(err, test.v3err) {
			t.Errorf("V3.DecodeBinary(%q) = %+v, %v; want %+v, %v", test.frame, got, err, test.v3, test.v3err)
		}
		got, err = V4.DecodeBinary([]byte(test.frame))
		if !same(got, test.v4) || err != nil {
			t.Errorf("V4.DecodeBinary(%q) = %+v, %v; want %+v", test.frame, got, err, test.v4)
		}
	}
}

func TestFramesAreAppended(t *testing.T) {
	tests := []struct {
		name   string
		append func(dst []byte, p Packet) []byte
		packet Packet
		want   string
	}{
		{"v3 text", V3.AppendText, text(Pong, ""), ">3"},
		{"v4 text", V4.AppendText, text(Message, "hi"), ">4hi"},
		{"v3 base64", V3.AppendText, binary("\x01\x02\x03\x04"), ">b4AQIDBA=="},
		{"v4 base64", V4.AppendText, binary("\x01\x02\x03\x04"), ">bAQIDBA=="},
		{"v3 binary", V3.AppendBinary, binary("\x01\x02"), ">\x04\x01\x02"},
		{"v4 binary", V4.AppendBinary, binary("\x01\x02"), ">\x01\x02"},
	}
	for _, test := range tests {
		if got := test.append([]byte(">"), test.packet); string(got) != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestTextOfABinaryFrame(t *testing.T) {
	for _, test := range []struct {
		version     Version
		frame, want string
	}{{V4, "\x01\x02\x03\x04", "bAQIDBA=="}, {V4, "", "b"}, {V3, "\x04\x01\x02\x03\x04", "b4AQIDBA=="}, {V3, "\x04", "b4"}} {
		if got := string(test.version.TextOf([]byte(test.frame))); got != test.want {
			t.Errorf("%d %q: %q, want %q", test.version, test.frame, got, test.want)
		}
	}
}
