package remoting

import (
	"log/slog"
	"net"
	"net/netip"
	"testing"
)

func TestTheDoormanCounts(t *testing.T) {
	d := NewDoorman("test", func(at netip.Addr) bool { return at == netip.MustParseAddr("10.0.0.9") }, slog.New(slog.DiscardHandler))
	d.fromOne, d.most = 2, 3
	come := func(from string) (net.Conn, bool) {
		at, err := net.ResolveTCPAddr("tcp", from)
		if err != nil {
			t.Fatal(err)
		}
		return d.Admit(knocking{at: at})
	}
	first, _ := come("10.0.0.1:1")
	for i, tt := range []struct {
		from string
		want bool
	}{
		{"10.0.0.1:2", true}, {"10.0.0.1:3", false}, {"[::ffff:10.0.0.1]:3", false}, {"10.0.0.2:1", true}, {"10.0.0.3:1", false},
		{"10.0.0.9:1", true}, {"10.0.0.9:2", true}, {"10.0.0.9:3", false}, // a member
	} {
		if _, ok := come(tt.from); ok != tt.want {
			t.Errorf("connection %d: %t", i, ok)
		}
	}
	first.Close()
	first.Close()
	d.most += 2 // those of the member
	if _, ok := come("10.0.0.3:1"); !ok {
		t.Error("a place that is free is not given away")
	}
	if _, ok := come("10.0.0.3:2"); ok {
		t.Error("one that left twice has made room for two")
	}
}

type knocking struct {
	net.Conn
	at net.Addr
}

func (c knocking) RemoteAddr() net.Addr { return c.at }
func (c knocking) Close() error         { return nil }
