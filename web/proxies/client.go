package proxies

import (
	"net/http"
	"net/netip"
	"strings"
)

// client returns the address that a request came from, as far as trusted proxies
// say, given that of the connection; and the part of the Forwarded header by which
// the outermost of them says so, if that is there.
//
// A proxy that writes one of the two headers passes the other on as the client sent
// it. So if both are there and disagree, neither is believed.
func (t Trust) client(peer netip.Addr, h http.Header) (netip.Addr, element) {
	listed, forwarded := h.Values("X-Forwarded-For"), h.Values("Forwarded")
	if len(forwarded) == 0 {
		return t.farthest(peer, addresses(listed)), element{}
	}
	elements, ok := parseForwarded(strings.Join(forwarded, ","))
	if !ok {
		return peer, element{}
	}
	client, hop := t.walk(peer, elements)
	if len(listed) > 0 && t.farthest(peer, addresses(listed)) != client {
		return peer, element{}
	}
	return client, hop
}

// farthest follows a list of addresses, to which each proxy has added from whom it
// got the request, back from its end: as far as those who wrote it are trusted.
func (t Trust) farthest(peer netip.Addr, list []netip.Addr) netip.Addr {
	for i := len(list) - 1; i >= 0 && t.Includes(peer) && list[i].IsValid(); i-- {
		peer = list[i]
	}
	return peer
}

// walk does the same with the elements of a Forwarded header, and returns the last
// one that it believed.
func (t Trust) walk(peer netip.Addr, list []element) (client netip.Addr, hop element) {
	for i := len(list) - 1; i >= 0 && t.Includes(peer); i-- {
		hop = list[i]
		addr := AddrOf(hop.by("for"))
		if !addr.IsValid() {
			break // "unknown", or a name that hides the address
		}
		peer = addr
	}
	return peer, hop
}

// addresses reads X-Forwarded-For. Some proxies add a port. What is no address is
// not valid, and ends what can be believed.
func addresses(lines []string) []netip.Addr {
	var list []netip.Addr
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			list = append(list, AddrOf(strings.TrimSpace(part)))
		}
	}
	return list
}
