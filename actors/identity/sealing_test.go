package identity

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/protos/pubsub"
)

func sealedBus(t *testing.T, url string, secrets ...string) *Bus {
	t.Helper()
	keys, err := clusterkey.New(secrets)
	actorstest.Must(t, err)
	bus, err := NewBus(url, "test")
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, bus.Close()) })
	actorstest.Must(t, bus.Seal(keys))
	return bus
}

// Whoever reaches Redis can publish. With a shared key nothing of that is believed; what
// the key is replaced by is, meanwhile, and so is what it was.
func TestForgedMessagesAreNotBelieved(t *testing.T) {
	t.Parallel()
	const old, fresh = "correct horse battery staple", "another horse battery staple"
	server := redistest.Start(t)
	url := server.URL()
	log := new(memoryLog)
	log.commit(1, 2, 3, 4, 5)
	node := sealedBus(t, url, fresh, old)
	heard := new(recorder)
	s := newSubscription(log, node, heard, slog.New(slog.DiscardHandler))
	var running sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	running.Go(func() { s.Run(ctx) })
	defer running.Wait()
	defer stop()
	actorstest.Eventually(t, "the subscription to work", func() bool { return s.Hears() && s.State().Placed })

	options, err := redis.ParseURL(url)
	actorstest.Must(t, err)
	stranger := redis.NewClient(options)
	defer stranger.Close()
	forged := Change{Seq: 6, User: "2", Version: 1<<53 - 1}
	text, err := pubsub.Encode(forged)
	actorstest.Must(t, err)
	other := sealedBus(t, url, "a third horse battery staple")
	elsewhere, err := NewBus(url, "another channel")
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, elsewhere.Close()) })
	actorstest.Must(t, elsewhere.Seal(ringOf(fresh)))
	for _, payload := range []string{
		string(text), " " + string(text), "AAAA " + string(text),
		string(other.wrap(text, time.Now())), string(elsewhere.wrap(text, time.Now())),
		strings.Replace(string(node.wrap([]byte(`{"v":2,"kind":"change","change":{"seq":6,"id_user":"2","version":7}}`), time.Now())), `"version":7`, `"version":9007199254740991`, 1),
	} {
		before := s.State().Malformed
		actorstest.Must(t, stranger.Publish(t.Context(), "test", payload).Err())
		actorstest.Eventually(t, "the forged message to be refused", func() bool { return s.State().Malformed == before+1 })
	}
	// One that was recorded is only looked up.
	actorstest.Must(t, stranger.Publish(t.Context(), "test", string(node.wrap(text, time.Now().Add(-time.Hour)))).Err())

	log.set(func(l *memoryLog) { l.away = true }) // what is told from now on is believed as it comes
	for i, bus := range []*Bus{sealedBus(t, url, old), sealedBus(t, url, fresh)} {
		c := Change{Seq: 6 + int64(i), User: "2", Version: 7 + int64(i)}
		actorstest.Must(t, bus.Publish(t.Context(), c))
		actorstest.Eventually(t, "the real change to be told", func() bool { return len(heard.seqs()) == i+1 })
		if got := heard.changes[i]; got.Version != c.Version {
			t.Errorf("told %+v, want %+v", got, c)
		}
	}
	if s.State().Heard != 2 {
		t.Errorf("%d changes were believed as they came, want 2", s.State().Heard)
	}
}
