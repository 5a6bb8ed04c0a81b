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
		encoded, taken, err := AppendPayload([]byte(">"), test.want, Limits{})
		if err != nil || taken != len(test.want) || string(encoded) != ">"+test.payload {
			t.Errorf("AppendPayload(%+v) = %q, %d, %v; want %q", test.want, encoded, taken, err, test.payload)
		}
	}
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

func TestPayloadTakesWhatFits(t *testing.T) {
	packets := []Packet{text(Message, "abc"), binary("\x01"), text(Message, "d")}
	tests := []struct {
		limits Limits
		want   string
		taken  int
	}{
		{Limits{Bytes: 1}, "4abc", 1}, // the first always fits
		{Limits{Bytes: 9}, "4abc", 1},
		{Limits{Bytes: 10}, "4abc\x1ebAQ==", 2},
		{Limits{Bytes: 12}, "4abc\x1ebAQ==", 2},
		{Limits{Bytes: 13}, "4abc\x1ebAQ==\x1e4d", 3},
		{Limits{Packets: 2}, "4abc\x1ebAQ==", 2},
	}
	for _, test := range tests {
		got, taken, err := AppendPayload(nil, packets, test.limits)
		if err != nil || taken != test.taken || string(got) != test.want {
			t.Errorf("%+v: %q, %d, %v; want %q, %d", test.limits, got, taken, err, test.want, test.taken)
		}
	}
}

func TestTextWithSeparatorIsNotPolled(t *testing.T) {
	packets := []Packet{text(Message, "a"), text(Message, "b\x1e1")}
	got, taken, err := AppendPayload([]byte("x"), packets, Limits{})
	if !errors.Is(err, HasSeparator) || taken != 0 || string(got) != "x" {
		t.Errorf("%q, %d, %v; want %v and nothing appended", got, taken, err, HasSeparator)
	}
	packets[1] = binary("\x1e")
	if got, _, err := AppendPayload(nil, packets, Limits{}); err != nil || string(got) != "4a\x1ebHg==" {
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
