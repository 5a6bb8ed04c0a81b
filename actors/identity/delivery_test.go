//go:build unix

package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/pubsub"
)

const channel = "rollcall-test:identity"

// node is what one node has of this package: a store, a bus, and a subscription
// that runs.
type node struct {
	*recorder
	store        *Store
	bus          *Bus
	subscription *Subscription
}

func startNode(t testing.TB, databaseURL, redisURL string, secrets ...string) *node {
	t.Helper()
	n := &node{recorder: new(recorder), store: open(t, databaseURL)}
	var err error
	n.bus, err = NewBus(redisURL, channel)
	actorstest.Must(t, err)
	keys, err := clusterkey.New(secrets)
	actorstest.Must(t, err)
	actorstest.Must(t, n.bus.Seal(keys))
	n.subscription = NewSubscription(n.store, n.bus, n.recorder, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { n.subscription.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		actorstest.Must(t, n.bus.Close())
	})
	actorstest.Eventually(t, "the node knows where the log ends", func() bool { return n.subscription.State().Placed })
	return n
}

func (n *node) isUp() bool { return n.subscription.State().Up }

// rename renames user 1 and publishes; Redis may be away.
func (n *node) rename(t *testing.T, name string) {
	t.Helper()
	_, change, err := n.store.Update(t.Context(), "1", Edit{Name: new(name)}, nil)
	actorstest.Must(t, err)
	_ = n.bus.Publish(t.Context(), change)
}

// wantAll waits until every node was told of as many changes, and checks that
// they are those in the log, each once and in order.
func wantAll(t *testing.T, count int, nodes ...*node) {
	t.Helper()
	for i, n := range nodes {
		actorstest.Eventually(t, fmt.Sprintf("node %d was told of %d changes", i, count), func() bool { return len(n.seqs()) >= count })
		log, err := n.store.ChangesAfter(t.Context(), 0, 10*count)
		actorstest.Must(t, err)
		var want []int64
		for _, c := range log {
			want = append(want, c.Seq)
		}
		if diff := cmp.Diff(want, n.seqs()); diff != "" {
			t.Fatalf("node %d was told of (-want +got):\n%s", i, diff)
		}
	}
}

func renamesOfSeveralProcessesReachEveryNode(t *testing.T, url string) {
	redis := redistest.Start(t)
	openSeeded(t, url)
	nodes := []*node{startNode(t, url, redis.URL()), startNode(t, url, redis.URL())}
	for _, n := range nodes {
		actorstest.Eventually(t, "Redis is heard", n.isUp)
	}
	const processes = 3
	failures := make(chan error)
	for i := range processes {
		go func() {
			process := exec.CommandContext(t.Context(), os.Args[0])
			process.Env = append(os.Environ(), renamerVariable+"="+url,
				"ROLLCALL_TEST_REDIS="+redis.URL(), fmt.Sprintf("ROLLCALL_TEST_NAME=%d", i))
			output, err := process.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, output)
			}
			failures <- err
		}()
	}
	for range processes {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	wantAll(t, processes*renamesOfProcess, nodes...)
}

const (
	renamerVariable  = "ROLLCALL_TEST_RENAME"
	renamesOfProcess = 20
)

// renamer is the other process: it renames and publishes.
func renamer(databaseURL string) int {
	err := func() error {
		ctx := context.Background()
		store, err := Open(ctx, databaseURL, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer store.Close()
		bus, err := NewBus(os.Getenv("ROLLCALL_TEST_REDIS"), channel)
		if err != nil {
			return err
		}
		defer bus.Close()
		for i := range renamesOfProcess {
			name := fmt.Sprintf("%s-%d", os.Getenv("ROLLCALL_TEST_NAME"), i)
			_, change, err := store.Update(ctx, strconv.Itoa(1+i%2), Edit{Name: new(name)}, nil)
			if err != nil {
				return err
			}
			// Redis may be too slow on a busy machine. The log has the change then.
			if err := bus.Publish(ctx, change); err != nil && problem.CodeOf(err) != problem.Unavailable {
				return err
			}
		}
		return nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Names change before, while and after Redis is gone.
func TestNoChangeIsLostWhileRedisIsGone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		leave      func(*redistest.Server)
		comeBack   func(*redistest.Server)
		whileAway  int
		afterwards int
	}{
		{"killed", func(s *redistest.Server) { s.Stop() }, func(s *redistest.Server) { s.Start() }, 5, 5},
		{"frozen", func(s *redistest.Server) { s.Freeze() }, func(s *redistest.Server) { s.Thaw() }, 5, 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			redis, url := redistest.Start(t), filepath.Join(t.TempDir(), "rollcall.db")
			openSeeded(t, url)
			writer, other := startNode(t, url, redis.URL()), startNode(t, url, redis.URL())
			actorstest.Eventually(t, "Redis is heard", func() bool { return writer.isUp() && other.isUp() })
			count := 0
			rename := func(times int) {
				for range times {
					count++
					writer.rename(t, fmt.Sprint("name ", count))
				}
				wantAll(t, count, writer, other)
			}

			rename(3)
			test.leave(redis)
			rename(test.whileAway) // is delivered while Redis is away
			actorstest.Eventually(t, "Redis is found to be away", func() bool { return !writer.isUp() && !other.isUp() })
			rename(test.whileAway)
			test.comeBack(redis)
			rename(test.afterwards)
			actorstest.Eventually(t, "Redis is heard again", func() bool { return writer.isUp() && other.isUp() })
			rename(test.afterwards)
		})
	}
}

// Silence is no reason to give a subscription up, only unanswered pings are.
func TestIdleSubscriptionStays(t *testing.T) {
	t.Parallel()
	redis, url := redistest.Start(t), filepath.Join(t.TempDir(), "rollcall.db")
	openSeeded(t, url)
	n := startNode(t, url, redis.URL())
	actorstest.Eventually(t, "Redis is heard", n.isUp)
	since := n.subscription.State().Since
	<-time.After(silenceLimit + pingEvery)
	if s := n.subscription.State(); !s.Up || s.Since != since || s.LastError != "" {
		t.Errorf("an idle subscription was given up: %+v", s)
	}
}

func TestRedisThatComesLaterIsUsed(t *testing.T) {
	t.Parallel()
	redis, url := redistest.Start(t), filepath.Join(t.TempDir(), "rollcall.db")
	redis.Stop()
	openSeeded(t, url)
	n := startNode(t, url, redis.URL())
	n.rename(t, "Johnny")
	wantAll(t, 1, n)
	redis.Start()
	actorstest.Eventually(t, "Redis is heard", n.isUp)
}

func TestRelayReachesEveryNodeAsItWasWritten(t *testing.T) {
	t.Parallel()
	redis, url := redistest.Start(t, "--requirepass", "s3cret word"), filepath.Join(t.TempDir(), "rollcall.db")
	redisURL := "redis://:s3cret%20word@" + redis.Addr() + "/2"
	openSeeded(t, url)
	nodes := []*node{startNode(t, url, redisURL, thawSecret), startNode(t, url, redisURL, thawSecret)}
	for _, n := range nodes {
		actorstest.Eventually(t, "Redis is heard", n.isUp)
	}
	relay := pubsub.Relay{Socket: "s", User: "2", Version: 1, Rooms: []string{"Maths"}, Payload: json.RawMessage(`{"x":"<\ud800>"}`),
		Attachments: [][]byte{{0, 255}}, Node: "node-1", Incarnation: "i", Number: 1}
	actorstest.Must(t, nodes[0].bus.Publish(t.Context(), relay))
	for _, n := range nodes {
		actorstest.Eventually(t, "the relay came", func() bool {
			n.mu.Lock()
			defer n.mu.Unlock()
			return len(n.relays) > 0
		})
		if diff := cmp.Diff([]pubsub.Relay{relay}, n.relays); diff != "" {
			t.Errorf("relays (-want +got):\n%s", diff)
		}
	}
}

func TestGarbageOnTheChannelIsCounted(t *testing.T) {
	t.Parallel()
	redis, url := redistest.Start(t), filepath.Join(t.TempDir(), "rollcall.db")
	openSeeded(t, url)
	n := startNode(t, url, redis.URL())
	actorstest.Eventually(t, "Redis is heard", n.isUp)
	for _, text := range []string{"{", `{"v":1,"kind":"farewell"}`, "\x00\xff"} {
		actorstest.Must(t, n.bus.client.Publish(t.Context(), channel, text).Err())
	}
	actorstest.Eventually(t, "both are counted", func() bool { return n.subscription.State().Malformed == 2 })
	n.rename(t, "Johnny")
	wantAll(t, 1, n)
}

func TestPublishDoesNotWaitForASilentRedis(t *testing.T) {
	redis := redistest.Start(t, "--requirepass", "s3cret")
	for _, password := range []string{"s3cret", "wr0ng"} {
		bus, err := NewBus("redis://:"+password+"@"+redis.Addr(), channel)
		actorstest.Must(t, err)
		defer bus.Close()
		err = bus.Publish(t.Context(), change(1))
		if password == "s3cret" {
			actorstest.Must(t, err)
			redis.Freeze()
			begin := time.Now()
			err = bus.Publish(t.Context(), change(2))
			if took := time.Since(begin); took > 2*redisPatience {
				t.Errorf("Publish took %v", took)
			}
			redis.Thaw()
		}
		if problem.CodeOf(err) != problem.Unavailable || strings.Contains(err.Error(), password) {
			t.Errorf("Publish = %v, want unavailable, and no password", err)
		}
	}
}
