//go:build unix

package identity

import (
	"bufio"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/redistest"
)

// deafener is a proxy before a Redis. While it is deaf it delivers nothing that was
// published, and passes everything else on: connections stay, pings are answered.
type deafener struct {
	listener net.Listener
	deaf     atomic.Bool
	running  sync.WaitGroup
}

func newDeafener(t *testing.T, redis *redistest.Server) *deafener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	actorstest.Must(t, err)
	d := &deafener{listener: listener}
	d.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", redis.Addr())
			if err != nil {
				_ = client.Close()
				continue
			}
			d.running.Go(func() { d.passOn(client, server) })
			d.running.Go(func() {
				_, _ = server.(*net.TCPConn).ReadFrom(client)
				_ = server.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		d.running.Wait() // when the clients have closed their connections
	})
	return d
}

// passOn copies what the server says, push messages to subscribers apart, which
// are three bulk strings: message, the channel, and the payload.
func (d *deafener) passOn(client, server net.Conn) {
	defer client.Close()
	from := bufio.NewReader(server)
	line := func() string {
		text, err := from.ReadString('\n')
		if err != nil {
			return ""
		}
		return text
	}
	for {
		text := line()
		if text == "" {
			return
		}
		if text == ">3\r\n" || text == "*3\r\n" {
			text += line() + line()
			if strings.HasSuffix(text, "\r\nmessage\r\n") {
				text += line() + line() + line() + line()
				if d.deaf.Load() {
					continue
				}
			}
		}
		if _, err := client.Write([]byte(text)); err != nil {
			return
		}
	}
}

// A subscription that is connected, answers pings and delivers nothing is found
// out; changes are read from the log until it works again.
func TestASubscriptionThatIsSilentlyDeadIsFoundOut(t *testing.T) {
	t.Parallel()
	redis, url := redistest.Start(t), filepath.Join(t.TempDir(), "rollcall.db")
	proxy := newDeafener(t, redis)
	openSeeded(t, url)
	n := startNode(t, url, "redis://"+proxy.listener.Addr().String())
	actorstest.Eventually(t, "Redis is heard", n.isUp)
	n.rename(t, "name 1")
	wantAll(t, 1, n)

	proxy.deaf.Store(true)
	actorstest.Eventually(t, "the subscription is found to be dead", func() bool {
		return strings.Contains(n.subscription.State().LastError, errDeaf.Error())
	})
	n.rename(t, "name 2") // is delivered all the same
	wantAll(t, 2, n)

	proxy.deaf.Store(false)
	actorstest.Eventually(t, "Redis is heard again", n.isUp)
	n.rename(t, "name 3")
	wantAll(t, 3, n)
}

func TestProbes(t *testing.T) {
	start := time.Unix(1000, 0)
	after := func(d time.Duration) time.Time { return start.Add(d) }
	p := newProber()
	if p.deaf(start) {
		t.Error("deaf before anything was sent")
	}
	p.expect(start)
	p.expect(after(time.Second))
	if p.deaf(after(silenceLimit)) || !p.deaf(after(silenceLimit+1)) {
		t.Error("the oldest probe decides")
	}
	p.begin()
	if p.heard(newProber().mark) || !p.deaf(after(silenceLimit+1)) {
		t.Error("a probe of somebody else was taken for its own")
	}
	if !p.heard(p.mark) || p.heard(p.mark) {
		t.Error("the first probe is what makes it work")
	}
	if p.deaf(after(time.Hour)) {
		t.Error("it came")
	}
	p.expect(after(time.Hour))
	p.retract(after(time.Hour)) // Redis did not take it
	if p.deaf(after(2 * time.Hour)) {
		t.Error("what was not taken proves nothing")
	}
}
