package membership

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
)

const (
	childName = "MEMBERSHIP_TEST_CHILD"  // the name of the node that this process is to be
	childAddr = "MEMBERSHIP_TEST_ACTORS" // where its actors are to be
	childJoin = "MEMBERSHIP_TEST_JOIN"   // comma-separated
)

// runChild is a node in a process of its own, until its input ends. It calls
// each identity that it reads and prints what it got, or answers a question.
func runChild(name string) {
	var living sync.Map
	c, err := Start(context.Background(), Config{
		Cluster: "test", Name: name, ActorAddr: os.Getenv(childAddr), GossipAddr: "127.0.0.1:0",
		Packages: []string{"google.protobuf"},
		Join:     strings.FieldsFunc(os.Getenv(childJoin), func(r rune) bool { return r == ',' }),
		Kinds: []*cluster.Kind{cluster.NewKind("Echo", actor.PropsFromProducer(func() actor.Actor {
			return &echo{node: name, living: &living}
		}))},
	})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var thawed atomic.Int32
	c.System.EventStream.Subscribe(func(event any) {
		if _, ok := event.(Thawed); ok {
			thawed.Add(1)
		}
	})
	fmt.Println("started", c.System.ID)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "thawed?":
			fmt.Println(thawed.Load())
		default:
			if name, ok := strings.CutPrefix(in.Text(), "lists? "); ok {
				fmt.Println(comesToList(c, name))
				continue
			}
			where, err := call(c, in.Text(), "where", cluster.WithRetryCount(20))
			fmt.Println(where, err)
		}
	}
	_ = c.Shutdown(context.Background())
}

// comesToList waits until a node is named as lost.
func comesToList(c *Cluster, name string) bool {
	end := time.After(patience)
	for {
		v := c.View()
		if v.lists(name) {
			return true
		}
		select {
		case <-v.superseded:
		case <-end:
			return false
		}
	}
}

type child struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startChild(t *testing.T, name, actors, join string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), childName+"="+name, childAddr+"="+actors, childJoin+"="+join)
	c.cmd.Stderr = os.Stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.in.Close()
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
	return c
}

func (c *child) line() string {
	c.t.Helper()
	if !c.out.Scan() {
		c.t.Fatalf("the child ended: %v", c.out.Err())
	}
	return c.out.Text()
}

func (c *child) ask(line string) string {
	c.t.Helper()
	fmt.Fprintln(c.in, line)
	return c.line()
}

func (c *child) signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

func frozenProcessIsEvictedAndWelcomeBack(t *testing.T, f *fixture) {
	nodes := f.cluster(2)
	kid := startChild(t, "node-3", "127.0.0.1:0", nodes[0].View().Self.Gossip)
	system, ok := strings.CutPrefix(kid.line(), "started ")
	if !ok {
		t.Fatalf("the child did not start: %s", system)
	}
	all := sees("node-1", "node-2", "node-3")
	for _, c := range nodes {
		awaitView(t, c, "for the child", all)
	}
	var far, near string // identities that the child and this process own
	for i := 0; far == "" || near == ""; i++ {
		if owner, _ := nodes[0].View().OwnerOf("Echo", fmt.Sprint(i)); owner.Name == "node-3" {
			far = fmt.Sprint(i)
		} else {
			near = fmt.Sprint(i)
		}
	}
	bothWays := func() {
		t.Helper()
		eventually(t, "a call to the child", func() bool {
			where, err := call(nodes[0], far, "where", cluster.WithRetryCount(20))
			return err == nil && strings.HasPrefix(where, "node-3 ")
		})
		eventually(t, "a call from the child", func() bool {
			got := kid.ask(near)
			return !strings.HasPrefix(got, "node-3 ") && strings.HasSuffix(got, "<nil>")
		})
	}
	bothWays()

	kid.signal(syscall.SIGSTOP)
	frozen := time.Now()
	for _, c := range nodes {
		v := awaitView(t, c, "for the eviction", sees("node-1", "node-2"))
		t.Logf("%s evicted it after %v", v.Self.Name, time.Since(frozen).Round(time.Millisecond))
	}
	// What it owned goes on elsewhere meanwhile.
	if where, err := call(nodes[0], far, "where", cluster.WithRetryCount(20)); err != nil || strings.HasPrefix(where, "node-3 ") {
		t.Errorf("while it is frozen: %q, %v", where, err)
	}
	<-time.After(3*time.Second - time.Since(frozen)) // frozen for long enough to be told so

	kid.signal(syscall.SIGCONT)
	thawed := time.Now()
	for _, c := range nodes {
		v := awaitView(t, c, "for the return", all)
		back := time.Since(thawed)
		t.Logf("%s has it back after %v", v.Self.Name, back.Round(time.Millisecond))
		if back > 5*time.Second {
			t.Errorf("back after %v", back)
		}
		if m, _ := v.ByName("node-3"); m.System != system || m.Generation == 0 {
			t.Errorf("it is back as %s, not as %s in a later generation", m.ID(), system)
		}
	}
	bothWays()
	if got := kid.ask("thawed?"); got == "0" {
		t.Error("it did not notice that it stood still")
	}
}

// Somebody takes over the name of a node that was taken for dead. When that one wakes
// up, neither is ended; one of them is the member, and the other is named as lost.
func frozenProcessThatWasReplacedIsNamed(t *testing.T, f *fixture) {
	nodes := f.cluster(2)
	kid := startChild(t, "node-3", "127.0.0.1:0", nodes[0].View().Self.Gossip)
	system, _ := strings.CutPrefix(kid.line(), "started ")
	var at string
	for _, c := range nodes {
		v := awaitView(t, c, "for the child", sees("node-1", "node-2", "node-3"))
		m, _ := v.BySystem(system)
		at = m.Gossip
	}
	kid.signal(syscall.SIGSTOP)
	third := f.start(f.config("node-3"), nodes[0])
	for _, c := range nodes {
		awaitView(t, c, "for the replacement", func(v *View) bool {
			_, ok := v.BySystem(third.System.ID)
			return ok && len(v.Members) == 3
		})
	}
	kid.signal(syscall.SIGCONT)
	for _, c := range nodes {
		awaitView(t, c, "to name who is no member", func(v *View) bool {
			_, old := v.BySystem(system)
			_, replaced := v.BySystem(third.System.ID)
			return len(v.Members) == 3 && (old && v.lists("node-3@"+third.View().Self.Gossip) || replaced && v.lists("node-3@"+at))
		})
	}
	if got := kid.ask("lists? node-3@" + third.View().Self.Gossip); got != "true" {
		t.Error("the one that was replaced does not name the other")
	}
}
