//go:build unix

package identity

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/protos/pubsub"
)

const followerVariable = "ROLLCALL_TEST_FOLLOW"

// followed is what the other process prints of what it was told.
type followed struct{ *json.Encoder }

func (f followed) Changed(Change)         {}
func (f followed) Emptied()               {}
func (f followed) Missed(time.Time)       {}
func (f followed) Relayed(r pubsub.Relay) { _ = f.Encode(r.Number) }
func (f followed) Probed(pubsub.Beacon)   {}
func (f followed) Beacon() pubsub.Beacon  { return pubsub.Beacon{} }

// thawSecret is the key by which relays over Redis are believed.
const thawSecret = "a secret of this test"

func ringOf(secret string) *clusterkey.Ring {
	keys, err := clusterkey.New([]string{secret})
	if err != nil {
		panic(err)
	}
	return keys
}

// follower is the other process: it prints the numbers of the relays that it hears; 0
// once it hears any.
func follower(redisURL string) int {
	ctx := context.Background()
	bus, err := NewBus(redisURL, channel)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := bus.Seal(ringOf(thawSecret)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	out := followed{json.NewEncoder(os.Stdout)}
	s := newSubscription(new(memoryLog), bus, out, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	go s.Run(ctx)
	for again := time.NewTicker(10 * time.Millisecond); !s.Hears(); {
		<-again.C
	}
	out.Relayed(pubsub.Relay{})
	select {} // until it is killed
}

// A process that stood still longer than Redis may be silent hears all that was
// published meanwhile: the silence was its own.
func TestWhoStoodStillHearsWhatCameMeanwhile(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	bus, err := NewBus(redis.URL(), channel)
	actorstest.Must(t, err)
	defer bus.Close()
	actorstest.Must(t, bus.Seal(ringOf(thawSecret)))
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env, process.Stderr = append(os.Environ(), followerVariable+"="+redis.URL()), os.Stderr
	output, err := process.StdoutPipe()
	actorstest.Must(t, err)
	actorstest.Must(t, process.Start())
	defer func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	}()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	hears := func(number uint64) {
		t.Helper()
		select {
		case line := <-lines:
			if line != fmt.Sprint(number) {
				t.Fatalf("it heard %s, want %d", line, number)
			}
		case <-time.After(actorstest.Patience):
			t.Fatalf("it did not hear %d", number)
		}
	}
	hears(0)
	relay := func(number uint64) {
		t.Helper()
		actorstest.Must(t, bus.Publish(t.Context(), pubsub.Relay{
			Socket: "s", User: "1", Version: 1, Payload: json.RawMessage("{}"), Incarnation: "i", Number: number,
		}))
	}
	const most = 50
	actorstest.Must(t, process.Process.Signal(syscall.SIGSTOP))
	for number := range uint64(most) {
		relay(1 + number)
		<-time.After(2 * silenceLimit / most)
	}
	actorstest.Must(t, process.Process.Signal(syscall.SIGCONT))
	for number := range uint64(most) {
		hears(1 + number)
	}
	relay(most + 1) // by the same subscription
	hears(most + 1)
}
