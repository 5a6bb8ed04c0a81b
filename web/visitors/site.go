package visitors

import (
	"net/netip"

	"github.com/rollcall/rollcall/web/proxies"
)

const (
	// subnet is how many bits of an IPv6 address tell sites apart: of the rest, each
	// site has 2^64 to choose from (RFC 6177).
	subnet = 64

	// network is how many bits large sites have in common, which may have a whole /48:
	// 65,536 subnets. All of one together may do what so many subnets may.
	network        = 48
	networkSubnets = 4
)

// Site is who counts as one: an IPv4 address, or a /64 of IPv6. The zero value is of
// whoever has no IP address; they all count as one.
type Site struct{ netip.Prefix }

// SiteOf returns the site of host:port, or of a host.
func SiteOf(remote string) Site { return siteOf(proxies.AddrOf(remote), subnet) }

func siteOf(addr netip.Addr, bits int) Site {
	if addr.Is4() {
		bits = addr.BitLen()
	}
	site, _ := addr.Prefix(bits) // fails for what is no address
	return Site{site}
}

// network returns the network that a site of IPv6 is part of, and false for IPv4.
func (s Site) network() (Site, bool) {
	if !s.Addr().Is6() {
		return Site{}, false
	}
	return siteOf(s.Addr(), network), true
}

// private reports whether addresses of a site are of this machine or of a private
// network: those of proxies, which may stand for any number of people.
func (s Site) private() bool {
	addr := s.Addr()
	return addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || !addr.IsValid() ||
		addr == netip.IPv6Unspecified() // the site of ::1
}
