package membership

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors/membership/placement"
	"github.com/rollcall/rollcall/protos/problem"
)

func TestBurstOfCallersYieldsOneActivation(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(3)
	for round := range 5 {
		name := fmt.Sprintf("burst %d", round)
		var answers sync.Map
		var callers sync.WaitGroup
		for i := range 60 {
			callers.Go(func() {
				where, err := call(nodes[i%3], name, "where", cluster.WithTimeout(2*time.Second))
				if err != nil {
					t.Error(err)
				}
				answers.Store(where, true)
			})
		}
		callers.Wait()
		n := 0
		answers.Range(func(any, any) bool { n++; return true })
		if n != 1 || f.activations(name) != 1 {
			t.Errorf("%q was answered by %d actors, %d run", name, n, f.activations(name))
		}
		if pid, ok := nodes[0].Cluster.PidCache.Get(name, "Echo"); ok {
			t.Errorf("protoactor's cache, which is never trimmed, holds %v", pid)
		}
		owner, _ := nodes[0].View().OwnerOf("Echo", name)
		answers.Range(func(where, _ any) bool {
			if !strings.HasPrefix(where.(string), owner.Name+" ") {
				t.Errorf("%q runs on %s, its owner is %s", name, where, owner.Name)
			}
			return true
		})
	}
}

func TestAnyBytesAreAName(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(2)
	for _, name := range []string{
		"a", "a/b", "../a", "Maths 101", "a$1", "a%2fb", "#?&=", "Übung ☃", "\xff\xfe", "\x00", " ", strings.Repeat("\xff", 256),
	} {
		var where [2]string
		for i, c := range nodes { // one of them over the network
			var err error
			if where[i], err = call(c, name, "where"); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
		if where[0] != where[1] || f.activations(name) != 1 {
			t.Errorf("%q: %q and %q, %d activations", name, where[0], where[1], f.activations(name))
		}
	}
}

func TestBadNameIsRefusedAtOnce(t *testing.T) {
	f := newFixture(t)
	a := f.start(f.config("node-1"))
	for _, name := range []string{"", strings.Repeat("x", 257)} {
		if _, err := call(a, name, "where"); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%d bytes: %v", len(name), err)
		}
		if pid := a.Cluster.Get(name, "Echo"); pid != nil {
			t.Errorf("%d bytes are activated as %v", len(name), pid)
		}
	}
	if pid := a.Cluster.Get("a", "Unknown"); pid != nil {
		t.Errorf("an unknown kind is activated as %v", pid)
	}
}

// A forged request is held to the same rules as our own.
func TestPlacementRefusesWhatItDoesNotOwn(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(2)
	foreign := ""
	for i := 0; foreign == ""; i++ {
		if owner, _ := nodes[0].View().OwnerOf("Echo", fmt.Sprint(i)); owner.Name == "node-2" {
			foreign = fmt.Sprint(i)
		}
	}
	own := strings.Repeat("a", 300)
	for _, ci := range []*cluster.ClusterIdentity{
		cluster.NewClusterIdentity(foreign, "Echo"), cluster.NewClusterIdentity("%zz", "Echo"),
		cluster.NewClusterIdentity(own, "Echo"), cluster.NewClusterIdentity("", "Echo"), nil,
	} {
		answer, err := nodes[0].System.Root.RequestFuture(actor.NewPID(nodes[0].System.Address(), placement.ActorName), &cluster.ActivationRequest{ClusterIdentity: ci}, patience).Result()
		if err != nil {
			t.Fatal(err)
		}
		if r := answer.(*cluster.ActivationResponse); !r.Failed {
			t.Errorf("%v was activated as %v", ci, r.Pid)
		}
	}
}

// A grain stops itself while calls keep coming: each is answered, by it or by
// its successor, and none waits for a timeout.
func TestCallsMeetTheSuccessorOfAStoppedGrain(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(2)
	for _, from := range nodes { // of the same grain, so that one is remote
		var callers sync.WaitGroup
		for worker := range 8 {
			callers.Go(func() {
				for i := range 50 {
					text := "where"
					if i%10 == worker {
						text = "and stop"
					}
					started := time.Now()
					_, err := call(from, "restless", text, cluster.WithTimeout(5*time.Second), cluster.WithRetryCount(1))
					if took := time.Since(started); err != nil || took > 4*time.Second {
						t.Errorf("from %s after %v: %v", from.View().Self.Name, took, err)
					}
				}
			})
		}
		callers.Wait()
	}
}

func TestMovedActivationsAreStopped(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(2)
	const n = 100
	for i := range n {
		if _, err := call(nodes[0], fmt.Sprint(i), "where"); err != nil {
			t.Fatal(err)
		}
	}
	third := f.start(f.config("node-3"), nodes[0])
	for _, c := range nodes {
		awaitView(t, c, "for the third", func(v *View) bool { return len(v.Members) == 3 })
	}
	staying := 0
	for i := range n {
		if owner, _ := third.View().OwnerOf("Echo", fmt.Sprint(i)); owner.Name != "node-3" {
			staying++
		}
	}
	if staying == n || staying == 0 {
		t.Fatalf("%d of %d stay: nothing to see", staying, n)
	}
	eventually(t, "the moved ones to stop", func() bool {
		running := 0
		for i := range n {
			running += f.activations(fmt.Sprint(i))
		}
		return running == staying
	})
	for i := range n {
		where, err := call(nodes[i%2], fmt.Sprint(i), "where")
		if owner, _ := third.View().OwnerOf("Echo", fmt.Sprint(i)); err != nil || !strings.HasPrefix(where, owner.Name+" ") {
			t.Errorf("%d is on %q, its owner is %s (%v)", i, where, owner.Name, err)
		}
		if got := f.activations(fmt.Sprint(i)); got != 1 {
			t.Errorf("%d activations of %d", got, i)
		}
	}
}

// keepCalling calls many grains from a node until stopped; it returns how many calls
// were made, which failed, and the longest.
func keepCalling(c *Cluster) (stop func() (calls int64, failed []error, longest time.Duration)) {
	ctx, cancel := context.WithCancel(context.Background())
	var (
		mu      sync.Mutex
		errs    []error
		count   atomic.Int64
		slowest time.Duration
		callers sync.WaitGroup
	)
	for worker := range 8 {
		callers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				started := time.Now()
				_, err := call(c, fmt.Sprint(worker, " ", i%40), "where", cluster.WithTimeout(300*time.Millisecond), cluster.WithRetryCount(30))
				count.Add(1)
				mu.Lock()
				if err != nil {
					errs = append(errs, err)
				}
				slowest = max(slowest, time.Since(started))
				mu.Unlock()
			}
		})
	}
	return func() (int64, []error, time.Duration) {
		cancel()
		callers.Wait()
		return count.Load(), errs, slowest
	}
}

func TestCallsSucceedAcrossAKill(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(4)
	stop := keepCalling(nodes[0])
	nodes[3].crash()
	awaitView(t, nodes[0], "for the eviction", sees("node-1", "node-2", "node-3"))
	calls, failed, longest := stop()
	t.Logf("%d calls, %d failed, the longest took %v", calls, len(failed), longest)
	if len(failed) > 0 {
		t.Errorf("the first of %d failures: %v", len(failed), failed[0])
	}
}

func TestCallsSucceedAcrossAGoodbye(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(4)
	stop := keepCalling(nodes[0])
	if err := nodes[3].Shutdown(t.Context()); err != nil {
		t.Log(err) // a busy machine did not send it in time
	}
	calls, failed, longest := stop()
	t.Logf("%d calls, %d failed, the longest took %v", calls, len(failed), longest)
	if len(failed) > 0 {
		t.Errorf("the first of %d failures: %v", len(failed), failed[0])
	}
}

func BenchmarkCallOnThisNode(b *testing.B) {
	var f fixture
	n, err := Start(b.Context(), f.config("node-1"))
	if err != nil {
		b.Fatal(err)
	}
	defer n.Shutdown(context.Background())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := call(n, "Maths", "where"); err != nil {
			b.Fatal(err)
		}
	}
}
