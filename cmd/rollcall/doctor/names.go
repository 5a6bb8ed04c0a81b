package doctor

import (
	"context"
	"net"
	"strings"
)

// names looks whether the names that the node was told lead to addresses.
func (n Node) names(ctx context.Context) (found []Finding) {
	for _, advertised := range []struct{ flag, address string }{{"--advertise-actor", n.AdvertiseActor}, {"--advertise-gossip", n.AdvertiseGossip}} {
		if host := nameIn(advertised.address); host != "" {
			found = append(found, resolves(ctx, host, Wrong).of(advertised.flag))
		}
	}
	for _, address := range n.Join {
		if host := nameIn(address); host != "" {
			found = append(found, resolves(ctx, host, Warning).of("--join "+address))
		}
	}
	return found
}

// resolves looks a name up; level says how bad it is if it leads nowhere.
func resolves(ctx context.Context, host string, level Level) Finding {
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err == nil && len(addresses) > 0 {
		return ok("%s is %s", host, strings.Join(addresses, ", "))
	}
	f := wrong("correct it, or see that the name server of this machine knows it", "the name %s cannot be resolved", host)
	if f.Level = level; level == Warning {
		f.Do += "; the node goes on looking"
	}
	return f
}

// nameIn returns the host of an address if that is a name, else "".
func nameIn(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil || net.ParseIP(host) != nil {
		return ""
	}
	return host
}

// literal returns an address with its name resolved, "" if that cannot be done.
func literal(address string) string {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil || resolved.IP == nil || resolved.IP.IsUnspecified() || resolved.Port == 0 {
		return ""
	}
	return resolved.String()
}
