package main

import (
	"fmt"
	"net"
	"time"

	"github.com/rollcall/rollcall/web/origins"
	"github.com/rollcall/rollcall/web/proxies"
)

// Front says what stands between clients and a node.
type Front struct {
	CORSOrigin   []string      `group:"clients" name:"cors-origin" env:"ROLLCALL_CORS_ORIGIN" placeholder:"ORIGIN" help:"Pages of these origins may use the server from a browser, besides its own: https://example.org, https://*.example.org for all below that name (not itself), capacitor://localhost, file://, or null for pages without an origin; several with commas, or * for all. [none]"`
	AllowedHosts []string      `group:"clients" env:"ROLLCALL_ALLOWED_HOSTS" placeholder:"NAME" help:"Names by which this server is called, in the Host header or as a trusted proxy says: example.org, *.example.org for all below that name, several with commas, or * for any. Other names are refused with 421, so that no page of elsewhere can have its name lead here (DNS rebinding). IP addresses and names without a dot are always taken, as localhost, and so is what asks for /healthz and /readyz. [any; only these where --listen is of this machine only and no --trusted-proxy is named]"`
	TrustedProxy []string      `group:"clients" env:"ROLLCALL_TRUSTED_PROXY" placeholder:"ADDRESS" help:"Proxies and balancers that are believed when they say whose a request is, and what it addressed: IP addresses, or ranges as 10.0.0.0/8, several with commas. They say so by X-Forwarded-For, -Host, -Proto and -Port, by Forwarded, or by the PROXY protocol, v1 or v2. They must write or append one of these themselves: what a client wrote there is passed on otherwise. [none]"`
	KeepAlive    time.Duration `group:"clients" env:"ROLLCALL_KEEP_ALIVE" default:"620s" placeholder:"TIME" help:"How long an HTTP connection stays open between two requests; 1s to 1h. It must be longer than the balancer in front keeps its own, or that sends a request into a connection that is being closed: Google's keeps them for 600s, Amazon's for 60s. [${default}]"`
}

func (f *Front) check() error {
	for _, origin := range f.CORSOrigin {
		if err := origins.Check(origin); err != nil {
			return fmt.Errorf("--cors-origin: %w", err)
		}
	}
	if _, err := origins.NewHosts(f.AllowedHosts); err != nil {
		return fmt.Errorf("--allowed-hosts: %w", err)
	}
	if _, err := proxies.Parse(f.TrustedProxy); err != nil {
		return fmt.Errorf("--trusted-proxy: %w", err)
	}
	return within("--keep-alive", f.KeepAlive, time.Second, time.Hour)
}

// proxied returns whom to believe about requests, and about connections: nil for nobody.
func (f *Front) proxied() (trust proxies.Trust, announces func(net.Addr) bool, err error) {
	trust, err = proxies.Parse(f.TrustedProxy)
	if err != nil || trust.Nobody() {
		return trust, nil, err
	}
	return trust, func(peer net.Addr) bool { return trust.Includes(proxies.AddrOf(peer.String())) }, nil
}

// hosts returns by which names clients may call what listens at these addresses. Where
// only this machine reaches it nobody needs a name of the DNS for it, but the browsers
// of this machine meet pages that have theirs lead here.
func (f *Front) hosts(listens ...Address) (origins.Hosts, error) {
	local := len(f.TrustedProxy) == 0
	for _, listen := range listens {
		local = local && (listen == "" || listen.local())
	}
	if len(f.AllowedHosts) == 0 && !local {
		return origins.AnyHost(), nil
	}
	return origins.NewHosts(f.AllowedHosts)
}
