package engineio

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestPayloads(t *testing.T) {
	tests := []struct {
		payload string
		want    []Packet
	}{
		{"4hello", []Packet{text(Message, "hello")}},
		{"2\x1e4€\x1ebAQIDBA==", []Packet{text(Ping, ""), text(Message, "€"), binary("\x01\x02\x03\x04")}},
		{"4\x1eb\x1e6", []Packet{text(Message, ""), binary(""), text(Noop, "")}},
	}
	for _, test := range tests {
		got, err := DecodePayload([]byte(test.payload), Limits{})
		if err != nil || !slices.EqualFunc(got, test.want, same) {
			t.Errorf("DecodePayload(%q) = %+v, %v; want %+v", test.payload, got, err, test.want)
		}
		if encoded, err := payloadOf(test.want); err != nil || string(encoded) != test.payload {
			t.Errorf("%+v is encoded as %q, %v; want %q", test.want, encoded, err, test.payload)
		}
	}
}

// payloadOf encodes packets one after the other, as a poll does.
func payloadOf(packets []Packet) (payload []byte, err error) {
	for _, p := range packets {
		frame := p.Data
		if !p.Binary {
			frame = V4.AppendText(nil, p)
		}
		if payload, err = AppendFrame(payload, frame, p.Binary); err != nil {
			return nil, err
		}
	}
	return payload, nil
}

func TestBadPayloadsYieldNoPacket(t *testing.T) {
	tests := []struct {
		payload string
		limits  Limits
		want    error
	}{
		{"", Limits{}, NoPacket},
		{"4a\x1e", Limits{}, NoPacket},
		{"\x1e4a", Limits{}, NoPacket},
		{"4a\x1e\x1e4b", Limits{}, NoPacket},
		{"4a\x1eabc", Limits{}, UnknownType},
		{"4a\x1eb4AQID", Limits{}, NotBase64}, // what protocol 3 would write
		{"6:4hello2:4€", Limits{}, nil},       // and this: one no-op with data
		{"4a\x1e4\xff", Limits{}, NotUTF8},
		{"4abcd", Limits{Bytes: 4}, TooLarge},
		{"4abcd", Limits{Bytes: 5}, nil},
		{"4\x1e4\x1e4", Limits{Packets: 2}, TooManyPackets},
		{"4\x1e4\x1e4", Limits{Packets: 3}, nil},
		{strings.Repeat("4", DefaultMaxBytes+1), Limits{}, TooLarge},
		{strings.Repeat("4\x1e", DefaultMaxPackets) + "4", Limits{}, TooManyPackets},
	}
	for _, test := range tests {
		got, err := DecodePayload([]byte(test.payload), test.limits)
		if !errors.Is(err, test.want) {
			t.Errorf("DecodePayload(%.20q, %+v): %v, want %v", test.payload, test.limits, err, test.want)
		}
		if err != nil && got != nil {
			t.Errorf("DecodePayload(%.20q) yields %d packets with an error", test.payload, len(got))
		}
	}
}

func TestTextWithSeparatorIsNotPolled(t *testing.T) {
	first := []byte("4a")
	if got, err := AppendFrame(first, []byte("4b\x1e1"), false); !errors.Is(err, HasSeparator) || string(got) != "4a" {
		t.Errorf("%q, %v; want %v and nothing appended", got, err, HasSeparator)
	}
	if got, err := AppendFrame(first, []byte("\x1e"), true); err != nil || string(got) != "4a\x1ebHg==" {
		t.Errorf("%q, %v; the separator is fine in binary", got, err)
	}
}

func TestPacketsAreCutOffAPayload(t *testing.T) {
	for _, payload := range []string{"4a", "4", "4a\x1e4b\x1ebAQ==\x1e1", "b\x1e4\x1e6"} {
		want, err := DecodePayload([]byte(payload), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var got []Packet
		for rest := []byte(payload); len(got) < len(want); {
			var p Packet
			p, rest = CutPacket(rest)
			got = append(got, p)
		}
		for i, p := range got {
			if p.Type != want[i].Type || p.Binary != want[i].Binary || string(p.Data) != string(want[i].Data) {
				t.Errorf("%q: packet %d is %+v, want %+v", payload, i, p, want[i])
			}
		}
	}
}
