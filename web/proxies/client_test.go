package proxies

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestClient(t *testing.T) {
	trust := trusting(t, "10.0.0.0/8", "fd00::/8")
	for _, test := range []struct {
		name, peer string
		listed     []string // X-Forwarded-For, line by line
		forwarded  []string // Forwarded
		want       string
	}{
		{"no proxy", "192.0.2.1", nil, nil, "192.0.2.1"},
		{"a stranger claims something", "192.0.2.1", []string{"8.8.8.8"}, []string{"for=8.8.8.8"}, "192.0.2.1"},
		{"a proxy says nothing", "10.0.0.1", nil, nil, "10.0.0.1"},
		{"a proxy says an empty line", "10.0.0.1", []string{""}, nil, "10.0.0.1"},
		{"a proxy", "10.0.0.1", []string{"192.0.2.1"}, nil, "192.0.2.1"},
		{"what the client claims is not believed", "10.0.0.1", []string{"8.8.8.8, 192.0.2.1"}, nil, "192.0.2.1"},
		{"nor that it is a proxy", "10.0.0.1", []string{"8.8.8.8, 10.0.0.9, 192.0.2.1"}, nil, "192.0.2.1"},
		{"two proxies", "10.0.0.1", []string{"8.8.8.8, 192.0.2.1, 10.0.0.2"}, nil, "192.0.2.1"},
		{"two proxies, each with a line", "10.0.0.1", []string{"8.8.8.8", "192.0.2.1", "10.0.0.2"}, nil, "192.0.2.1"},
		{"nobody but proxies", "10.0.0.1", []string{"10.0.0.3,10.0.0.2"}, nil, "10.0.0.3"},
		{"IPv6", "fd00::1", []string{"2001:db8::1"}, nil, "2001:db8::1"},
		{"with a port", "10.0.0.1", []string{"192.0.2.1:1234"}, nil, "192.0.2.1"},
		{"IPv6 with a port", "10.0.0.1", []string{"[2001:db8::1]:1234"}, nil, "2001:db8::1"},
		{"IPv4 as IPv6", "10.0.0.1", []string{"::ffff:192.0.2.1"}, nil, "192.0.2.1"},
		{"hidden", "10.0.0.1", []string{"8.8.8.8, unknown"}, nil, "10.0.0.1"},
		{"hidden from the outer proxy", "10.0.0.1", []string{"unknown, 10.0.0.2"}, nil, "10.0.0.2"},

		{"Forwarded", "10.0.0.1", nil, []string{"for=192.0.2.1"}, "192.0.2.1"},
		{"Forwarded of two, and a claim", "10.0.0.1", nil, []string{"for=8.8.8.8, For=192.0.2.1;proto=https", `for="10.0.0.2:99";by=x`}, "192.0.2.1"},
		{"Forwarded with IPv6", "10.0.0.1", nil, []string{`for="[2001:db8::1]:47"`}, "2001:db8::1"},
		{"Forwarded with a hidden name", "10.0.0.1", nil, []string{"for=8.8.8.8, for=_hidden"}, "10.0.0.1"},
		{"Forwarded without whom", "10.0.0.1", nil, []string{"for=8.8.8.8, proto=https"}, "10.0.0.1"},
		{"Forwarded that is broken", "10.0.0.1", nil, []string{`for="8.8.8.8, for=192.0.2.1`}, "10.0.0.1"},

		{"both say the same", "10.0.0.1", []string{"192.0.2.1"}, []string{"for=192.0.2.1"}, "192.0.2.1"},
		{"one of them is the client's own", "10.0.0.1", []string{"192.0.2.1"}, []string{"for=8.8.8.8"}, "10.0.0.1"},
		{"and is broken", "10.0.0.1", []string{"192.0.2.1"}, []string{`for="`}, "10.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := http.Header{"X-Forwarded-For": test.listed, "Forwarded": test.forwarded}
			if got, _ := trust.client(netip.MustParseAddr(test.peer), h); got.String() != test.want {
				t.Errorf("the client is %v, want %s", got, test.want)
			}
		})
	}
}

func TestRequestsAreSeenAsTheyWereSent(t *testing.T) {
	for _, test := range []struct {
		name, remote string
		header       map[string]string
		client       string
		said         Addressed
		believed     bool
	}{
		{"of a stranger", "192.0.2.1:1000", map[string]string{"X-Forwarded-For": "8.8.8.8", "X-Forwarded-Host": "a.test"}, "192.0.2.1:1000", Addressed{}, false},
		{"of a proxy without a word", "10.0.0.1:1000", nil, "10.0.0.1:1000", Addressed{}, true},
		{"of a proxy", "10.0.0.1:1000", map[string]string{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "a.test, b.test", "X-Forwarded-Proto": "HTTPS,http", "X-Forwarded-Port": "8443"},
			"192.0.2.1", Addressed{"https", "a.test", "8443"}, true},
		{"by Forwarded", "10.0.0.1:1000", map[string]string{"Forwarded": `for=192.0.2.1;host="a.test:8443";proto=HTTPS, for=10.0.0.2;host=b.test`}, "192.0.2.1", Addressed{"https", "a.test:8443", ""}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = test.remote
			for name, value := range test.header {
				r.Header.Set(name, value)
			}
			trusting(t, "10.0.0.0/8").Wrap(http.HandlerFunc(func(_ http.ResponseWriter, seen *http.Request) {
				said, believed := Believed(seen)
				if seen.RemoteAddr != test.client || said != test.said || believed != test.believed {
					t.Errorf("from %s, addressed %+v, %v", seen.RemoteAddr, said, believed)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
			if r.RemoteAddr != test.remote {
				t.Error("the request itself was changed")
			}
		})
	}
}

// Whatever comes before what a trusted proxy has written changes nothing.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{"", "8.8.8.8", "8.8.8.8, 10.0.0.2", "for=8.8.8.8", `for="`, `for="\`, "for=1.1.1.1;host=a,", "[::1", ",;=\"\t"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, claim string) {
		trust, peer := trusting(t, "10.0.0.0/8"), netip.MustParseAddr("10.0.0.1")
		want := netip.MustParseAddr("192.0.2.1")
		for _, lines := range [][]string{{claim + ",192.0.2.1"}, {claim, "192.0.2.1"}, {claim + ", 192.0.2.1:80,10.0.0.2"}} {
			if got, _ := trust.client(peer, http.Header{"X-Forwarded-For": lines}); got != want {
				t.Errorf("%q: %v", lines, got)
			}
		}
		// A quoted string may swallow what follows it, and then nothing is believed.
		for _, lines := range [][]string{{claim + ",for=192.0.2.1"}, {claim, "for=192.0.2.1;host=a.test"}} {
			got, _ := trust.client(peer, http.Header{"Forwarded": lines})
			if got != want && got != peer && !strings.Contains(claim, `"`) {
				t.Errorf("%q: %v", lines, got)
			}
		}
	})
}
