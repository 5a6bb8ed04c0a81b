package process

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChildRunsUntilStopped(t *testing.T) {
	c, err := Start(t.Context(), t.TempDir(), "cat", 1, "cat")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	if err := c.Failed(); err != nil {
		t.Fatal(err)
	}
	if _, err := CPU(c.PID()); err != nil {
		t.Error(err)
	}
	if n, err := Memory(c.PID()); err != nil || n <= 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
	c.Stop()
	if c.Failed() == nil {
		t.Error("it runs after Stop")
	}
}

func TestFailureShowsWhatWasPrinted(t *testing.T) {
	c, err := Start(t.Context(), t.TempDir(), "broken", 1, "sh", "-c", "echo no such luck >&2; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	<-c.ended
	if err := c.Failed(); err == nil || !strings.Contains(err.Error(), "no such luck") || !strings.Contains(err.Error(), "3") {
		t.Errorf("the error is %v", err)
	}
}

func TestProgramThatDoesNotExistIsAnError(t *testing.T) {
	if c, err := Start(t.Context(), t.TempDir(), "nothing", 1, "/does/not/exist"); err == nil {
		c.Stop()
		t.Error("started")
	}
	if err := Run(t.Context(), "/does/not/exist"); err == nil {
		t.Error("ran")
	}
}

func TestRunShowsWhatWasPrinted(t *testing.T) {
	if err := Run(t.Context(), "true"); err != nil {
		t.Error(err)
	}
	err := Run(t.Context(), "sh", "-c", "echo no such luck; exit 3")
	if err == nil || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("the error is %v", err)
	}
}

func TestSettingsOfTheUserDoNotReachAChild(t *testing.T) {
	got := withoutSettings([]string{"PATH=/bin", "ROLLCALL_TLS=auto", "PORT=80", "PORTAGE=x", "DATABASE_URL=postgres://", "REDIS_URL=redis://"})
	if want := []string{"PATH=/bin", "PORTAGE=x"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestFreeAddressesAreDifferentAndFree(t *testing.T) {
	addresses, err := FreeAddresses(t.Context(), 12)
	if err != nil {
		t.Fatal(err)
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(addresses))); len(distinct) != 12 {
		t.Errorf("%v", addresses)
	}
	for _, a := range addresses {
		l, err := net.Listen("tcp", a)
		if err != nil {
			t.Error(err)
			continue
		}
		l.Close()
	}
}

func TestMeterSeesAChildWork(t *testing.T) {
	c, err := Start(t.Context(), t.TempDir(), "busy", 1, "sh", "-c", "while :; do :; done")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	m, err := Measure(c)
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-tick.C {
		u, err := m.Stop()
		if err != nil {
			t.Fatal(err)
		}
		if u.Servers >= 50*time.Millisecond {
			if u.Wall <= 0 {
				t.Errorf("%+v", u)
			}
			return
		}
	}
	t.Error("a busy loop used no CPU time")
}
