//go:build unix

package identity

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/protos/problem"
)

// lines is what was logged.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A user of Redis that may not do what a node needs: it is said once, with the words of
// Redis, and as soon as it may, all is well.
func TestARefusalOfRedisIsSaidOnceWithItsWords(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]string{
		"publish":           "+@all -publish &*",
		"subscribe":         "+@all -subscribe &*",
		"neither":           "+@all -publish -subscribe &*",
		"another channel":   "+@all &another:*",
		"nothing but pings": "-@all +ping",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			admin := redis.NewClient(&redis.Options{Addr: server.Addr()})
			defer admin.Close()
			allow := func(rules string) {
				t.Helper()
				args := []any{"ACL", "SETUSER", "node", "reset", "on", ">secret", "~*"}
				for rule := range strings.FieldsSeq(rules) {
					args = append(args, rule)
				}
				actorstest.Must(t, admin.Do(t.Context(), args...).Err())
			}
			allow(rules)
			file := filepath.Join(t.TempDir(), "rollcall.db")
			openSeeded(t, file)
			bus, err := NewBus("redis://node:secret@"+server.Addr(), channel)
			actorstest.Must(t, err)
			defer bus.Close()
			logged, heard := new(lines), new(recorder)
			s := NewSubscription(open(t, file), bus, heard, slog.New(slog.NewTextHandler(logged, nil)))
			ctx, cancel := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { s.Run(ctx) })
			defer running.Wait()
			defer cancel()

			actorstest.Eventually(t, "the refusal", func() bool { return s.State().Refused })
			state := s.State()
			if !strings.Contains(state.LastError, "NOPERM") || state.Up {
				t.Errorf("%+v", state)
			}
			if fault := state.Fault(); problem.CodeOf(fault) != problem.Unavailable || !strings.Contains(problem.MessageOf(fault), "refuses") ||
				strings.Contains(problem.MessageOf(fault), "NOPERM") || !strings.Contains(fault.Error(), "NOPERM") {
				t.Errorf("%v", fault)
			}
			// It was refused again and again since.
			at := state.ErrorAt
			actorstest.Eventually(t, "more tries", func() bool {
				prober := bus.prober.Load()
				prober.mu.Lock()
				defer prober.mu.Unlock()
				return prober.last > 3 || s.State().ErrorAt.Sub(at) > 3*redialEvery
			})
			if said := logged.String(); strings.Count(said, "NOPERM") != 1 || !strings.Contains(said, "+publish, +subscribe") || strings.Contains(said, "secret") {
				t.Errorf("logged:\n%s", said)
			}

			allow("+@all &*")
			actorstest.Eventually(t, "Redis is heard", func() bool { return s.State().Up })
			if s.State().Fault() != nil || s.State().Refused {
				t.Errorf("%+v", s.State())
			}
			// And it is said again should it be taken away again.
			allow(rules)
			actorstest.Must(t, admin.Do(t.Context(), "CLIENT", "KILL", "TYPE", "pubsub").Err()) // who is subscribed may stay so
			actorstest.Eventually(t, "the refusal", func() bool { return strings.Count(logged.String(), "NOPERM") == 2 })
		})
	}
}

func TestFaultsOfRedisAreToldApart(t *testing.T) {
	for _, test := range []struct {
		state State
		says  string
	}{
		{State{Up: true, LastError: "of before"}, ""},
		{State{}, "not answered yet"},
		{State{LastError: "connection refused", Since: time.Now()}, "away"},
		{State{LastError: "NOPERM", Refused: true}, "refuses"},
	} {
		fault := test.state.Fault()
		if (fault == nil) != (test.says == "") || fault != nil && !strings.Contains(fault.Error(), test.says) {
			t.Errorf("%+v: %v", test.state, fault)
		}
	}
	if refusalIn(errors.New("dial tcp: connection refused")) != nil || refusalIn(nil) != nil {
		t.Error("who is away does not refuse")
	}
}
