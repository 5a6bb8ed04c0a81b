package engineio

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestHandshakeHasTheKeysOfItsVersion(t *testing.T) {
	tests := []struct {
		name      string
		handshake Handshake
		version   Version
		want      string
	}{
		{
			"v4 on polling",
			Handshake{"lv_VI97HAXpY6yYWAAAC", []string{"websocket"}, 25 * time.Second, 20 * time.Second, 1e6},
			V4,
			`{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
		},
		{
			"v4 on websocket",
			Handshake{"a", nil, 300 * time.Millisecond, 0, 0},
			V4,
			`{"sid":"a","upgrades":[],"pingInterval":300,"pingTimeout":0,"maxPayload":0}`,
		},
		{
			"v3 does not say maxPayload",
			Handshake{"a", []string{}, 10 * time.Second, 30 * time.Second, 1e6},
			V3,
			`{"sid":"a","upgrades":[],"pingInterval":10000,"pingTimeout":30000}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := test.handshake.Packet(test.version)
			if p.Type != Open || p.Binary || string(p.Data) != test.want {
				t.Fatalf("%v %s, want %s", p.Type, p.Data, test.want)
			}
			want := test.handshake
			want.Upgrades = append([]string{}, want.Upgrades...)
			if test.version == V3 {
				want.MaxPayload = 0
			}
			got, err := ParseHandshake(test.version, p)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("ParseHandshake = %+v, %v; want %+v", got, err, want)
			}
			other := V3 + V4 - test.version
			if got, err := ParseHandshake(other, p); err == nil {
				t.Errorf("protocol %d accepts it: %+v", other, got)
			}
		})
	}
}

func TestNotEveryObjectIsAHandshake(t *testing.T) {
	tests := []string{
		``, `null`, `[]`, `{}`, `{"sid":"a"}`,
		`{"sid":null,"upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1}`,
		`{"sid":"a","upgrades":null,"pingInterval":1,"pingTimeout":1,"maxPayload":1}`,
		`{"sid":"a","upgrades":[],"pingInterval":-1,"pingTimeout":1,"maxPayload":1}`,
		`{"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":1e30,"maxPayload":1}`,
		`{"sid":"a","upgrades":[],"pingInterval":9223372036854775807,"pingTimeout":1,"maxPayload":1}`,
		`{"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1,"more":1}`,
		`{"SID":"a","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1}`,
		`{"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1}{}`,
	}
	for _, data := range tests {
		if got, err := ParseHandshake(V4, text(Open, data)); !errors.Is(err, NotHandshake) {
			t.Errorf("%s: %+v, %v; want %v", data, got, err, NotHandshake)
		}
	}
	valid := `{"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1}`
	if _, err := ParseHandshake(V4, text(Message, valid)); !errors.Is(err, NotHandshake) {
		t.Errorf("a message packet is taken for a handshake: %v", err)
	}
}
