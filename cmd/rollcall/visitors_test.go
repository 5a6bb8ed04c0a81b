package main

import (
	"testing"

	"github.com/rollcall/rollcall/web/visitors"
)

// refused returns why the arguments of serve are not taken, nil if they are.
func refused(t *testing.T, args ...string) error {
	t.Helper()
	_, _, err := parse(append([]string{"serve"}, args...), t.Output())
	return err
}

func TestLimitsOfAnAddress(t *testing.T) {
	withoutEnvironment(t)
	for text, want := range map[string]visitors.Limits{
		"auto": {PerSite: 10_000, All: 100_000, Trusting: true},
		"0":    {PerSite: 0, All: 100_000},
		"7":    {PerSite: 7, All: 100_000},
	} {
		cmd := serveCmd(t, "--max-per-address", text)
		if got := cmd.open(); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	for _, text := range []string{"", "-1", "many", "1.5", "0x10"} {
		if err := refused(t, "--max-per-address", text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// By default everything that strangers cause has an end.
func TestLimitsAreFinite(t *testing.T) {
	withoutEnvironment(t)
	cmd := serveCmd(t)
	for what, limits := range map[string]visitors.Limits{"open": cmd.open(), "pending": cmd.pending(), "requests": cmd.requests()} {
		if limits.PerSite == 0 || limits.All == 0 || limits.PerSite > limits.All {
			t.Errorf("%s: %+v", what, limits)
		}
	}
	if cmd.WriteRate == 0 || cmd.MaxIdle == 0 || cmd.MaxIdlePerAddress == 0 {
		t.Errorf("%+v", cmd.Visitors)
	}
	if sum(1, 0) != 0 || sum(0, 1) != 0 || sum(1, 2) != 3 {
		t.Error("any number and some are any number")
	}
}

func TestNamesByDefault(t *testing.T) {
	withoutEnvironment(t)
	for _, test := range []struct {
		args  []string
		taken bool // the name of a stranger
	}{
		{nil, false},
		{[]string{"--listen", "localhost:5009"}, false},
		{[]string{"--listen", "[::1]:5009"}, false},
		{[]string{"--listen", ":5009"}, true},
		{[]string{"--listen", "192.0.2.1:5009"}, true},
		{[]string{"--listen", "127.0.0.1:5009", "--shared", ":5010"}, true},
		{[]string{"--trusted-proxy", "127.0.0.1"}, true},
		{[]string{"--trusted-proxy", "127.0.0.1", "--allowed-hosts", "example.org"}, false},
		{[]string{"--listen", ":5009", "--allowed-hosts", "example.org,*.example.com"}, false},
		{[]string{"--allowed-hosts", "*"}, true},
	} {
		cmd := serveCmd(t, test.args...)
		hosts, err := cmd.hosts(cmd.Listen, cmd.Shared)
		if err != nil || hosts.Admits("stranger.example") != test.taken || !hosts.Admits("localhost:5009") {
			t.Errorf("%v: %v", test.args, err)
		}
	}
	if err := refused(t, "--allowed-hosts", "https://example.org"); err == nil {
		t.Error("a URL is taken for a name")
	}
}
