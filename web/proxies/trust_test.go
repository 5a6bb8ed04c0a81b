package proxies

import (
	"net/netip"
	"testing"
)

func trusting(t testing.TB, list ...string) Trust {
	t.Helper()
	trust, err := Parse(list)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func TestTrust(t *testing.T) {
	trust := trusting(t, "10.0.0.5", " 172.16.3.4/12", "fd00::/8", "::ffff:192.168.0.0/112")
	for addr, want := range map[string]bool{
		"10.0.0.5": true, "10.0.0.6": false, "::ffff:10.0.0.5": true,
		"172.16.0.0": true, "172.31.255.255": true, "172.32.0.0": false,
		"fd12::1": true, "fd12::1%eth0": true, "fe80::1": false,
		"192.168.7.7": true, "192.169.0.0": false,
	} {
		if got := trust.Includes(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is trusted: %v", addr, got)
		}
	}
	if trust.Includes(netip.Addr{}) {
		t.Error("what is no address is trusted")
	}
	if !(Trust{}).Nobody() || (Trust{}).Includes(netip.MustParseAddr("127.0.0.1")) || trust.Nobody() {
		t.Error("nobody is somebody")
	}
}

func TestWhatCannotBeTrusted(t *testing.T) {
	for _, text := range []string{"", "proxy", "10.0.0", "10.0.0.0/33", "10.0.0.5:80", "10.0.0.0/8/8", "10.0.0.1-10.0.0.9", "*"} {
		if _, err := Parse([]string{text}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
