package proxies

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Trust is the set of proxies that are believed. The zero value believes nobody.
type Trust struct{ ranges []netip.Prefix }

// Parse returns the trust in proxies at these addresses, each an IP address or a
// range of them in CIDR notation.
func Parse(list []string) (Trust, error) {
	var t Trust
	for _, text := range list {
		one, err := parseRange(strings.TrimSpace(text))
		if err != nil {
			return Trust{}, fmt.Errorf("%q is no IP address and no range of them; write 10.0.0.5, 10.0.0.0/8 or fd00::/8", text)
		}
		t.ranges = append(t.ranges, one)
	}
	return t, nil
}

func parseRange(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		addr = plain(addr)
		return addr.Prefix(addr.BitLen())
	}
	given, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	addr, bits := given.Addr(), given.Bits()
	if addr.Is4In6() && bits >= 96 {
		bits -= 96
	}
	return addr.Unmap().Prefix(bits)
}

// Nobody reports whether no proxy is believed.
func (t Trust) Nobody() bool { return len(t.ranges) == 0 }

// Includes reports whether what comes from an address is believed.
func (t Trust) Includes(addr netip.Addr) bool {
	addr = plain(addr)
	for _, one := range t.ranges {
		if one.Contains(addr) {
			return true
		}
	}
	return false
}

// AddrOf returns the IP address in host:port, or in an IP address alone, as in
// [net/http.Request.RemoteAddr]. It is not valid if there is none.
func AddrOf(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = strings.Trim(remote, "[]")
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return plain(addr)
}

// plain returns an address without what does not tell hosts apart: an IPv4 address
// may come as one of IPv6, and a zone names an interface of this machine.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }
