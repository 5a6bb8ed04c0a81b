package membership

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatStandsBehindAnAddress(t *testing.T) {
	var r resolver = func(_ context.Context, host string) ([]netip.Addr, error) {
		switch host {
		case "pods":
			return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("::ffff:10.0.0.2"), netip.MustParseAddr("fd00::1")}, nil
		case "empty":
			return nil, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	places := r.lookUp(t.Context(), []string{"pods:7011", "empty:7011", "nowhere:7011"})
	if diff := cmp.Diff([]string{"10.0.0.1:7011", "10.0.0.2:7011", "[fd00::1]:7011"}, places[0].at); diff != "" {
		t.Error(diff)
	}
	if places[0].err != nil || !errors.Is(places[1].err, errNoAddress) || places[2].err == nil || len(places[2].at) > 0 {
		t.Errorf("%+v", places)
	}
	if literal := resolver(resolveHost).lookUp(t.Context(), []string{"[::1]:7011"})[0]; literal.err != nil || literal.at[0] != "[::1]:7011" {
		t.Errorf("%+v", literal)
	}
}

func TestAFailureIsSaidOnceAndAgainWhenItChanges(t *testing.T) {
	none := &net.DNSError{IsNotFound: true}
	slow := func(port int) error {
		return fmt.Errorf("try: %w", &net.DNSError{Err: fmt.Sprintf("read udp 10.0.0.1:%d: i/o timeout", port), IsTimeout: true})
	}
	u := unresolved{}
	for i, step := range []struct {
		err  error
		news bool
	}{
		{nil, false}, {none, true}, {none, false}, {slow(1), true}, {slow(2), false}, {errNoAddress, true}, {nil, true}, {nil, false}, {none, true},
	} {
		if got := u.note(place{address: "a:1", err: step.err}); got != step.news {
			t.Errorf("step %d, %v: news %v", i, step.err, got)
		}
	}
	if !u.note(place{address: "b:1", err: none}) {
		t.Error("one address keeps another from being told of")
	}
}

// A name that does not resolve yet is somebody who is not met yet. It is found when it
// resolves, as that of a headless service does once its first pod is ready.
func TestANameThatDoesNotResolveIsLostUntilItDoes(t *testing.T) {
	f := newFixture(t)
	var (
		mu  sync.Mutex
		ips []netip.Addr
		log bytes.Buffer
	)
	first := f.config("node-1")
	first.Timings.Rejoin = 20 * time.Millisecond
	first.resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(ips) == 0 {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return ips, nil
	}
	first.Logger = slog.New(slog.NewTextHandler(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(b)
	}), nil))
	said := func() int {
		mu.Lock()
		defer mu.Unlock()
		return strings.Count(log.String(), "cannot be resolved")
	}
	other := f.start(f.config("node-2"))
	_, port, err := net.SplitHostPort(other.View().Self.Gossip)
	if err != nil {
		t.Fatal(err)
	}
	name := "rollcall.default.svc:" + port
	first.Join = []string{name}
	node := f.start(first)
	if v := node.View(); !sees("node-1")(v) || len(v.LostNow(time.Now())) != 1 || v.Lost[0].Name != name {
		t.Errorf("members %v, lost %v", namesOf(v.Members), v.Lost)
	}

	mu.Lock()
	ips = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	mu.Unlock()
	awaitView(t, node, "to find the other", func(v *View) bool { return sees("node-1", "node-2")(v) && len(v.Lost) == 0 })
	if said() != 1 {
		t.Errorf("it was said %d times", said())
	}
}
