package faults

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// wire is the network of a cluster whose nodes are hosts of their own: network
// namespaces, each with a tunnel device whose other end this process holds. Every
// packet goes through it, so it can lose, delay and cut what it likes, in one
// direction too, on every Linux: no queueing discipline of the kernel is needed.
type wire struct {
	number int // of the network, 10.213.number.0/24
	ends   []*end

	mu     sync.Mutex
	random *rand.Rand
	layers []*layer

	reading, writing sync.WaitGroup
}

// actorPort is where nodes reach each other's actors.
const actorPort = 6011

// route is from a host to another one; 0 is this machine, where the clients are.
type route struct{ from, to int }

// rule is how packets of a route fare; the zero value passes them on at once.
type rule struct {
	loss  float64 // the part that is lost, 0 to 1
	delay time.Duration
	port  uint16 // of TCP, to which it is limited; 0 for all that goes that way
}

// layer is what one fault does. Where several lie upon each other, what one loses is
// lost, and delays add up.
type layer struct{ rules map[route]rule }

// end is one tunnel device.
type end struct {
	file  *os.File
	space string // its namespace; "" for this machine's

	// What is delayed goes another way, so that it holds up nothing else.
	queue, slow chan packet
}

// packet waits for its time.
type packet struct {
	at   time.Time
	data []byte
}

// newWire makes n hosts. They are gone when the test ends.
func newWire(t testing.TB, n int, seed uint64) *wire {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("hosts are network namespaces, which only root may make: run this as root, on Linux")
	}
	w := &wire{number: os.Getpid() % 256, random: rand.New(rand.NewPCG(seed, 7))}
	t.Cleanup(w.close)
	for host := range n + 1 {
		w.ends = append(w.ends, w.newEnd(t, host))
	}
	for host, e := range w.ends {
		w.reading.Go(func() { w.read(host, e) })
		w.writing.Go(func() { e.write(e.queue) })
		w.writing.Go(func() { e.write(e.slow) })
	}
	return w
}

func (w *wire) newEnd(t testing.TB, host int) *end {
	t.Helper()
	device := fmt.Sprintf("rc%d-%d", w.number, host)
	e := &end{file: openTunnel(t, device), queue: make(chan packet, 4096), slow: make(chan packet, 16384)}
	configure := []string{"ip"}
	if host > 0 {
		e.space = device
		run(t, "ip", "netns", "add", e.space)
		run(t, "ip", "link", "set", device, "netns", e.space)
		configure = []string{"ip", "-n", e.space}
		run(t, append(configure, "link", "set", "lo", "up")...)
	}
	run(t, append(configure, "addr", "add", w.address(host)+"/24", "dev", device)...)
	run(t, append(configure, "link", "set", device, "up")...)
	return e
}

// address returns the IP address of a host.
func (w *wire) address(host int) string {
	if host == 0 {
		host = 254
	}
	return fmt.Sprintf("10.213.%d.%d", w.number, host)
}

// places returns where the nodes run.
func (w *wire) places() (places []harness.Place) {
	for host, e := range w.ends[1:] {
		ip := w.address(host + 1)
		places = append(places, harness.Place{
			Listen: ip + ":5009", Actor: ip + ":" + strconv.Itoa(actorPort), Gossip: ip + ":7011",
			Under: []string{"ip", "netns", "exec", e.space},
		})
	}
	return places
}

// openTunnel makes a device for IP packets.
func openTunnel(t testing.TB, name string) *os.File {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatalf("open /dev/net/tun: %v", err)
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		t.Fatal(err)
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		t.Fatalf("make the device %s: %v", name, err)
	}
	return os.NewFile(uintptr(fd), name)
}

func run(t testing.TB, command ...string) {
	t.Helper()
	if output, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, output)
	}
}

// read takes what a host sends, until the wire is closed.
func (w *wire) read(from int, e *end) {
	buffer := make([]byte, 65536)
	for {
		n, err := e.file.Read(buffer)
		if err != nil {
			return
		}
		if to, ok := w.target(buffer[:n]); ok {
			w.send(route{from, to}, buffer[:n])
		}
	}
}

// target returns the host that an IPv4 packet is for.
func (w *wire) target(data []byte) (host int, ok bool) {
	if len(data) < 20 || data[0]>>4 != 4 || data[16] != 10 || data[17] != 213 {
		return 0, false
	}
	if host = int(data[19]); host == 254 {
		host = 0
	}
	return host, host < len(w.ends)
}

// concerns reports whether the rule is one for that IPv4 packet.
func (r rule) concerns(data []byte) bool {
	if r.port == 0 {
		return true
	}
	const tcp = 6
	rest := data[min(4*int(data[0]&0xf), len(data)):]
	return data[9] == tcp && len(rest) >= 4 &&
		(binary.BigEndian.Uint16(rest) == r.port || binary.BigEndian.Uint16(rest[2:]) == r.port)
}

// send passes a packet on, unless it is lost. One that finds no room is, too.
func (w *wire) send(r route, data []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var delay time.Duration
	for _, l := range w.layers {
		rule := l.rules[r]
		if !rule.concerns(data) {
			continue
		}
		if rule.loss > 0 && w.random.Float64() < rule.loss {
			return
		}
		delay += rule.delay
	}
	queue := w.ends[r.to].queue
	if delay > 0 {
		queue = w.ends[r.to].slow
	}
	select {
	case queue <- packet{at: time.Now().Add(delay), data: append([]byte(nil), data...)}:
	default:
	}
}

// write gives a host what is for it, in order.
func (e *end) write(queue <-chan packet) {
	for p := range queue {
		if d := time.Until(p.at); d > 0 {
			<-time.After(d)
		}
		_, _ = e.file.Write(p.data) // the host may be gone
	}
}

// between returns a layer that gives all routes between two groups of hosts a rule;
// back also those back.
func between(from, to []int, back bool, of rule) *layer {
	l := &layer{rules: make(map[route]rule)}
	for _, f := range from {
		for _, t := range to {
			if f == t {
				continue
			}
			l.rules[route{f, t}] = of
			if back {
				l.rules[route{t, f}] = of
			}
		}
	}
	return l
}

// lay lays a layer upon those that are there. It returns how it is taken away.
func (w *wire) lay(l *layer) (lift func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.layers = append(w.layers, l)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.layers = slices.DeleteFunc(w.layers, func(m *layer) bool { return m == l })
	}
}

// set is lay for what heal takes away.
func (w *wire) set(from, to []int, back bool, of rule) { w.lay(between(from, to, back, of)) }

// heal takes all layers away.
func (w *wire) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.layers = nil
}

// close takes the hosts away; the devices go with their ends.
func (w *wire) close() {
	for _, e := range w.ends {
		_ = e.file.Close()
		if e.space != "" {
			_ = exec.Command("ip", "netns", "del", e.space).Run()
		}
	}
	w.reading.Wait()
	for _, e := range w.ends {
		close(e.queue)
		close(e.slow)
	}
	w.writing.Wait()
}
