package membership

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/problem"
)

func sampleMeta() meta {
	return meta{
		cluster: "rollcall", protocol: Protocol{3, 2}, system: "Q5yL8sA7FvXJkYhTbN2mWc",
		address: "10.0.0.7:6011", http: "10.0.0.7:5011", store: "F3ZSBEL2", started: time.UnixMilli(1766000000123), leaving: true, kinds: []string{"Room", "Lobby"},
	}
}

func TestMetaSurvivesTheWire(t *testing.T) {
	want := sampleMeta()
	b, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeMeta(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(meta{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMetaThatIsTooLongIsAnErrorThatSaysSo(t *testing.T) {
	m := sampleMeta()
	m.cluster = strings.Repeat("c", 600)
	_, err := m.encode()
	if problem.CodeOf(err) != problem.Invalid || !strings.Contains(problem.MessageOf(err), "512") {
		t.Errorf("error %v", err)
	}
}

func TestTruncatedMetaIsRefused(t *testing.T) {
	b, _ := sampleMeta().encode()
	kinds := len("Room") + len("Lobby") + 2
	for n := range len(b) - kinds { // beyond, fewer kinds are well-formed too
		if _, err := decodeMeta(b[:n]); err == nil {
			t.Errorf("%d of %d bytes are accepted", n, len(b))
		}
	}
}

// Where a node's actors are is told from outside: it is shown, and connected to.
func TestAnAddressOfNoUseIsRefused(t *testing.T) {
	for _, address := range []string{"", "10.0.0.7", ":6011", "10.0.0.7:0", "10.0.0.7:65536", "a b:1", "a\nb:1", "\u202e:1"} {
		m := sampleMeta()
		m.address = address
		b, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeMeta(b); err == nil {
			t.Errorf("%q is taken for the address of a node", address)
		}
	}
}

func FuzzDecodeMeta(f *testing.F) {
	b, _ := sampleMeta().encode()
	f.Add(b)
	f.Add([]byte{metaFormat})
	f.Add([]byte{metaFormat, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeMeta(b)
		if err != nil {
			return
		}
		again, err := m.encode()
		if err != nil {
			return // longer than memberlist would carry
		}
		got, err := decodeMeta(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got, cmp.AllowUnexported(meta{})); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestProtocolsAreCompatibleIfTheirRangesOverlap(t *testing.T) {
	tests := []struct {
		a, b Protocol
		want bool
	}{
		{Protocol{1, 1}, Protocol{1, 1}, true},
		{Protocol{2, 1}, Protocol{1, 1}, true},
		{Protocol{3, 2}, Protocol{1, 1}, false},
		{Protocol{3, 2}, Protocol{2, 1}, true},
	}
	for _, tt := range tests {
		if tt.a.Compatible(tt.b) != tt.want || tt.b.Compatible(tt.a) != tt.want {
			t.Errorf("%v and %v: want %t both ways", tt.a, tt.b, tt.want)
		}
	}
}
