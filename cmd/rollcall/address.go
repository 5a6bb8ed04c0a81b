package main

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/actors/membership"
)

// defaultListen is where the pages are found when nothing else is said.
const defaultListen = "127.0.0.1:5009"

// Address is a TCP address as host:port. An empty host means every interface, a
// port of 0 any free one; "" is no address. A port alone is read as :port, as
// hosting platforms set it in PORT.
type Address string

// UnmarshalText checks an address from the command line or the environment.
func (a *Address) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if _, err := strconv.ParseUint(s, 10, 16); err == nil {
		s = ":" + s
	}
	if s == "" {
		*a = ""
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	if strings.Count(s, ":") > 1 && !strings.Contains(s, "[") {
		return fmt.Errorf("%q is no address; write an IPv6 address in brackets, and a port behind it, as [::1]:5009", s)
	}
	if err != nil {
		return fmt.Errorf("%q is no address; write host:port, as 127.0.0.1:5009, or :5009 for every interface", s)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port; the port is a number from 0 (any free one) to 65535", s)
	}
	if host != "" && net.ParseIP(host) == nil && !hostPattern().MatchString(host) {
		return fmt.Errorf("%q has no proper host; write an IP address, as 127.0.0.1:%s, a name, or nothing for every interface", s, port)
	}
	*a = Address(s)
	return nil
}

// hostPattern is that of host names (RFC 1123), with the underscore that some
// orchestrators put into theirs.
func hostPattern() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
}

func (a Address) host() string {
	host, _, _ := net.SplitHostPort(string(a))
	return host
}

// everywhere tells whether the address names every interface, so that nobody
// could be told to connect to it.
func (a Address) everywhere() bool {
	ip := net.ParseIP(a.host())
	return a.host() == "" || ip != nil && ip.IsUnspecified()
}

// local tells whether only this machine can reach the address.
func (a Address) local() bool {
	ip := net.ParseIP(a.host())
	return a.host() == "localhost" || ip != nil && ip.IsLoopback()
}

// NodeName names a node: 1 to 63 letters, digits, dots, hyphens, underscores.
type NodeName string

// UnmarshalText checks a name from the command line or the environment.
func (n *NodeName) UnmarshalText(text []byte) error {
	if err := membership.CheckName(string(text)); err != nil {
		return err
	}
	*n = NodeName(text)
	return nil
}

// defaultName is the name of this machine, if a node can be called that.
func defaultName() string {
	if host, err := os.Hostname(); err == nil && membership.CheckName(host) == nil {
		return host
	}
	return "node-1"
}

// hasAnyPort tells whether the system chooses the port.
func hasAnyPort(a Address) bool {
	_, port, _ := net.SplitHostPort(string(a))
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number == 0
}

// at returns host with the port of the address.
func (a Address) at(host string) string {
	_, port, _ := net.SplitHostPort(string(a))
	return net.JoinHostPort(host, port)
}
