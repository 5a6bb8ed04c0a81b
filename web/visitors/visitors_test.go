package visitors

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestWhoCountsAsOne(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"10.0.0.1:1000", "10.0.0.1:2000", true},
		{"10.0.0.1:1000", "10.0.0.1", true},
		{"10.0.0.1:1000", "[::ffff:10.0.0.1]:1000", true},
		{"10.0.0.1:1000", "10.0.0.2:1000", false},
		{"[2001:db8:1:2::1]:1000", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
		{"[2001:db8:1:2::1]:1000", "[2001:db8:1:3::1]:1000", false},
		{"[fe80::1%eth0]:1000", "[fe80::2%eth1]:1000", true},
		{"@", "somewhere", true},
		{"@", "10.0.0.1", false},
	} {
		if same := SiteOf(test.a) == SiteOf(test.b); same != test.same {
			t.Errorf("%s and %s count as one: %v", test.a, test.b, same)
		}
	}
}

func TestWhoMayBeAProxy(t *testing.T) {
	for remote, private := range map[string]bool{
		"127.0.0.1:1": true, "[::1]:1": true, "10.1.2.3:1": true, "192.168.0.1:1": true, "172.16.0.1:1": true,
		"[fd00::1]:1": true, "[fe80::1%eth0]:1": true, "@": true,
		"192.0.2.1:1": false, "8.8.8.8:1": false, "[2001:db8::1]:1": false,
	} {
		if got := SiteOf(remote).private(); got != private {
			t.Errorf("%s may be a proxy: %v", remote, got)
		}
	}
}

func TestTable(t *testing.T) {
	v := NewTable("connections", Limits{PerSite: 2, All: 5}, nil)
	enter := func(remote string, want bool) (leave func()) {
		t.Helper()
		site := SiteOf(remote)
		err := v.Enter(site)
		if (err == nil) != want || err != nil && problem.CodeOf(err) != problem.Unavailable {
			t.Errorf("%s may enter: %v", remote, err)
		}
		return func() { v.Leave(site) }
	}
	first := enter("10.0.0.1:1000", true)
	second := enter("10.0.0.1:1001", true)
	enter("10.0.0.1:1002", false)
	other := enter("[::1]:1000", true)
	enter("[::1]:1001", true)()
	unnamed := enter("somewhere", true)
	first()
	third := enter("10.0.0.1:1003", true)
	enter("10.0.0.1:1004", false)
	last := enter("10.0.0.2:1000", true)
	enter("10.0.0.3:1000", false) // five are in
	for _, leave := range []func(){second, third, other, unnamed, last} {
		leave()
	}
	if len(v.count) != 0 || v.Len() != 0 {
		t.Errorf("still counted: %v, %d", v.count, v.all)
	}
}

// Who has a whole /48 has 65,536 subnets to come from, and counts as a few sites.
func TestTableKnowsNetworks(t *testing.T) {
	v := NewTable("connections", Limits{PerSite: 10}, nil)
	in := 0
	for i := range 1000 {
		if v.Enter(SiteOf(fmt.Sprintf("[2001:db8:1:%x::1]:1", i))) == nil {
			in++
		}
	}
	if in != 10*networkSubnets {
		t.Errorf("%d of one network are in", in)
	}
	if err := v.Enter(SiteOf("[2001:db8:2::1]:1")); err != nil {
		t.Errorf("another network is kept out: %v", err)
	}
}

func TestTableTrustsPrivateSites(t *testing.T) {
	v := NewTable("connections", Limits{PerSite: 1, All: 100, Trusting: true}, nil)
	for range 10 {
		if err := v.Enter(SiteOf("10.0.0.1:1")); err != nil {
			t.Fatal(err)
		}
	}
	if v.Enter(SiteOf("192.0.2.1:1")) != nil || v.Enter(SiteOf("192.0.2.1:2")) == nil {
		t.Error("a public address may have more than one")
	}
}

func TestOperatorIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	v := NewTable("connections", Limits{PerSite: 1}, slog.New(slog.NewTextHandler(&log, nil)))
	for range 5 {
		_ = v.Enter(SiteOf("192.0.2.1:1"))
		_ = v.Enter(SiteOf("192.0.2.2:1"))
	}
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "--trusted-proxy") || !strings.Contains(text, "192.0.2.1") {
		t.Errorf("logged %q", text)
	}
}

func TestTableWithoutLimit(t *testing.T) {
	var none *Table
	for _, v := range []*Table{none, NewTable("connections", Limits{}, nil)} {
		for range 1000 {
			if err := v.Enter(SiteOf("10.0.0.1:1000")); err != nil {
				t.Fatal("kept out")
			}
		}
		v.Leave(SiteOf("10.0.0.1:1000"))
	}
}

func TestRate(t *testing.T) {
	r, now := NewRate("changes", 10, nil), time.Unix(1000, 0)
	takes := func(remote string) (taken int) {
		for range 1000 {
			err := r.Take(SiteOf(remote), now)
			if err == nil {
				taken++
			} else if problem.CodeOf(err) != problem.RateLimited {
				t.Fatalf("refused by %v", err)
			}
		}
		return taken
	}
	for _, step := range []struct {
		after  time.Duration
		remote string
		want   int
	}{
		{0, "192.0.2.1:1", 100},
		{0, "192.0.2.1:2", 0},
		{0, "192.0.2.2:1", 100},
		{time.Second, "192.0.2.1:1", 10},
		{100 * time.Millisecond, "192.0.2.1:1", 1},
		{time.Hour, "192.0.2.1:1", 100},
		{-time.Hour, "192.0.2.1:1", 0}, // the clock was set
	} {
		now = now.Add(step.after)
		if got := takes(step.remote); got != step.want {
			t.Errorf("%s may do it %d times after %v, not %d", step.remote, got, step.after, step.want)
		}
	}
	if taken := takes("[2001:db8:1:1::1]:1") + takes("[2001:db8:1:2::1]:1"); taken != 200 {
		t.Errorf("two subnets may do it %d times", taken)
	}
	total := 200
	for i := range 100 {
		total += takes(fmt.Sprintf("[2001:db8:1:1%02d::1]:1", i))
	}
	if total != 100*networkSubnets {
		t.Errorf("a network may do it %d times", total)
	}
}

// Whatever addresses a stranger makes up, a rate remembers no more than it may, and of
// those who are remembered nobody may do more than the rate.
func TestRateIsBounded(t *testing.T) {
	r, now := NewRate("changes", 1, nil), time.Unix(1000, 0)
	for i := range 3 * mostSites {
		addr := netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})
		_ = r.Take(siteOf(addr, subnet), now)
		if loud := r.Take(SiteOf("192.0.2.1:1"), now) == nil; loud != (i < burst) {
			t.Fatalf("after %d others the loud one may: %v", i, loud)
		}
	}
	if len(r.sites) > mostSites || r.order.Len() != len(r.sites) {
		t.Errorf("%d sites are remembered", len(r.sites))
	}
	var none *Rate
	if NewRate("changes", 0, nil) != none || none.Take(SiteOf("192.0.2.1:1"), now) != nil {
		t.Error("no rate is one")
	}
}

func TestRateHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const perSecond = 3
		r, start := NewRate("changes", perSecond, nil), time.Unix(1000, 0)
		now, taken := start, make(map[string]int)
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "ms")) * time.Millisecond)
			remote := rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::"}).Draw(t, "who")
			if r.Take(SiteOf(remote), now) == nil {
				taken[remote]++
			}
		}
		most := perSecond*burst + perSecond*now.Sub(start).Seconds() + 1e-6
		for remote, n := range taken {
			if float64(n) > most {
				t.Fatalf("%s did it %d times, and might %g times", remote, n, most)
			}
		}
	})
}
