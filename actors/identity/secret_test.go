package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
)

// secretURLs have %s where a password goes. What they lead to refuses connections.
func secretURLs() (databases, redises []string) {
	return []string{
			"postgres://app:%s@127.0.0.1:1/app", "postgres://app:%s@127.0.0.1:1,127.0.0.1:2/app?sslmode=disable",
			"postgres://127.0.0.1:1/app?user=app&password=%s", "postgres://app:%s@127.0.0.1:x/app",
			"postgres://app:%s@127.0.0.1:1/app?sslmode=no-verify", "mysql://app:%s@127.0.0.1/app", "postgres:/app:%s@127.0.0.1/app",
			"host=127.0.0.1 port=1 password=%s", "app:%s@127.0.0.1/app",
		}, []string{
			"redis://:%s@127.0.0.1:1", "rediss://app:%s@127.0.0.1:1/0", "redis://:%s@127.0.0.1:1,127.0.0.1:2", "redis://:%s@127.0.0.1:1?family=0",
			"redis://127.0.0.1:1?password=%s", "redis-sentinel://:%s@127.0.0.1:1/0?master=m", "redis-sentinel://127.0.0.1:1/0?master=m&sentinel_password=%s",
			"redis+cluster://:%s@127.0.0.1:1", "http://:%s@127.0.0.1:1", ":%s@127.0.0.1:1",
		}
}

// secret makes a password of what people and generators put into theirs: most of all
// of what has a meaning in URLs. No error of ours or of a driver has a piece of it by
// itself.
func secret(seed []byte) string {
	const alphabet = "QXJK7QXJK7QXJK7/?#@%:+&=[]\\ ,;\"'<>|^`{}$!()*~\t\x00é"
	signs := []rune(alphabet)
	var b strings.Builder
	for _, s := range seed {
		b.WriteRune(signs[int(s)%len(signs)])
	}
	return b.String()
}

// showsPiece reports whether the text has four bytes of the password in it.
func showsPiece(text, password string) bool {
	for i := 0; i+4 <= len(password); i++ {
		if strings.ContainsAny(password[i:i+4], "QXJK") && strings.Contains(text, password[i:i+4]) {
			return true
		}
	}
	return false
}

// redisLines keeps what go-redis logs, for the whole process.
type redisLines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *redisLines) Printf(_ context.Context, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.text, format+"\n", args...)
}

// take returns what was logged since the last time.
func (l *redisLines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

// said returns all that is said of a password when URLs are read and, if lines are
// given, on the way to servers that are not there.
func said(ctx context.Context, password string, lines *redisLines) (texts []string) {
	databases, redises := secretURLs()
	for _, form := range databases {
		var log strings.Builder
		store, err := Open(ctx, strings.Replace(form, "%s", password, 1), slog.New(slog.NewTextHandler(&log, nil)))
		if err == nil {
			if lines != nil {
				err = store.Check(ctx)
			}
			_ = store.Close()
		}
		texts = append(texts, fmt.Sprint(form, ": ", err, log.String()))
	}
	for _, form := range redises {
		bus, err := NewBus(strings.Replace(form, "%s", password, 1), "test")
		if err == nil {
			if lines != nil {
				err = errors.Join(bus.Publish(ctx, Change{Seq: 1}), errors.New(lines.take()))
			}
			_ = bus.Close()
		}
		texts = append(texts, fmt.Sprint(form, ": ", err))
	}
	return texts
}

func wantSecret(t *testing.T, password string, lines *redisLines) {
	t.Helper()
	for _, text := range said(t.Context(), password, lines) {
		if showsPiece(text, password) {
			t.Errorf("a piece of the password %q is in %s", password, text)
		}
	}
}

func TestNoErrorShowsAPieceOfAPassword(t *testing.T) {
	t.Chdir(t.TempDir()) // what is a path after all becomes a file
	lines := new(redisLines)
	redis.SetLogger(lines)
	wantSecret(t, "p@QXJK#1QXJK", lines)
	random := rand.New(rand.NewPCG(42, 42))
	for range 10 {
		seed := make([]byte, 4+random.IntN(20))
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		password := secret(seed)
		wantSecret(t, password, lines)
		wantSecret(t, url.QueryEscape(password), lines)
	}
}

func FuzzNoErrorShowsAPieceOfAPassword(f *testing.F) {
	for _, seed := range []string{"", "QXJK", "\x00\x01\x0f\x02", "0123456789", "//??##@@%%"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, seed []byte) {
		t.Chdir(t.TempDir())
		wantSecret(t, secret(seed), nil)
	})
}
