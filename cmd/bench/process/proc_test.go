package process

import (
	"bytes"
	"os"
	"runtime/debug"
	"testing"
	"time"
)

func TestCPUTimeIsRead(t *testing.T) {
	const rest = " R 1 1 1 0 -1 4194304 98 0 0 0 250 17 9 9 20 0 1 0 288127 3133440 382"
	for _, name := range []string{"rollcall", "a b", "odd) R 1 (name", "))"} {
		got, err := parseStat([]byte("4711 (" + name + ")" + rest + "\n"))
		if want := 2670 * time.Millisecond; err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
}

func TestMemoryIsRead(t *testing.T) {
	got, err := parseStatus([]byte("Name:\trollcall\nVmHWM:\t  999 kB\nVmRSS:\t   12345 kB\nThreads:\t9\n"), "VmRSS")
	if want := int64(12345) << 10; err != nil || got != want {
		t.Errorf("%d, %v; want %d", got, err, want)
	}
}

func TestTheMostMemoryIsReadAndForgotten(t *testing.T) {
	const much = 64 << 20
	bytes.Repeat([]byte{1}, much)
	before, err := PeakMemory(os.Getpid())
	if err != nil || before < much {
		t.Fatalf("%d, %v", before, err)
	}
	debug.FreeOSMemory()
	if err := ForgetPeak(os.Getpid()); err != nil {
		t.Fatal(err)
	}
	if after, err := PeakMemory(os.Getpid()); err != nil || after > before-32<<20 {
		t.Errorf("%d after %d, %v", after, before, err)
	}
}

func TestTimeOfTheMachineLeavesOutIdling(t *testing.T) {
	got, err := parseMachine([]byte("cpu  100 20 30 99999 88888 1 2 3 0 0\ncpu0 50 10 15 5 5 0 1 1 0 0\n"))
	if want := 1560 * time.Millisecond; err != nil || got != want {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func TestBrokenFilesAreErrors(t *testing.T) {
	for _, text := range []string{
		"", "4711", "4711 (x)", "4711 (x) R 1 1 1 0 -1 4194304 98 0 0 0 250",
		"4711 (x) R 1 1 1 0 -1 4194304 98 0 0 0 x 17", "4711 (x) R 1 1 1 0 -1 4194304 98 0 0 0 1 -17",
	} {
		if d, err := parseStat([]byte(text)); err == nil {
			t.Errorf("stat %q: %v", text, d)
		}
	}
	for _, text := range []string{"", "Name:\tx\n", "VmRSS:\t12 MB\n", "VmRSS:\t kB\n", "VmRSS:\t-1 kB\n"} {
		if n, err := parseStatus([]byte(text), "VmRSS"); err == nil {
			t.Errorf("status %q: %d", text, n)
		}
	}
	for _, text := range []string{"", "cpu0 1 2 3 4 5 6 7 8 9\n", "cpu 1 2 3\n", "cpu 1 2 x 4 5 6 7 8 9\n"} {
		if d, err := parseMachine([]byte(text)); err == nil {
			t.Errorf("machine %q: %v", text, d)
		}
	}
}

func FuzzStat(f *testing.F) {
	f.Add([]byte("4711 (x) R 1 1 1 0 -1 4194304 98 0 0 0 250 17 9"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := parseStat(text); err != nil && d != 0 {
			t.Errorf("%q: %v beside an error", text, d)
		}
	})
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte("VmRSS:\t   12345 kB\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n, err := parseStatus(text, "VmRSS"); err == nil && n%1024 != 0 {
			t.Errorf("%q: %d bytes", text, n)
		}
	})
}

func TestUsageIsTheDifference(t *testing.T) {
	before := reading{servers: 10 * time.Second, clients: time.Second, machine: 100 * time.Second}
	got := before.until(reading{servers: 12 * time.Second, clients: 2 * time.Second, machine: 105 * time.Second}, time.Minute)
	want := Usage{Wall: time.Minute, Servers: 2 * time.Second, Clients: time.Second, Others: 2 * time.Second}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	got = before.until(reading{servers: 12 * time.Second, clients: 2 * time.Second, machine: 102 * time.Second}, time.Minute)
	if got.Others != 0 {
		t.Errorf("others used %v", got.Others)
	}
}
