package membership

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/protos/problem"
)

const visitKey = "a secret of these tests"

func TestAVisitorSeesWhoIsHereAndIsNoMember(t *testing.T) {
	for name, key := range map[string]*clusterkey.Ring{"with a key": ring(t, visitKey), "in plain text": nil} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			logged := new(logged)
			var nodes []*Cluster
			for i, of := range []string{"node-1", "node-2"} {
				config := f.config(of)
				config.Keys, config.Logger = key, slog.New(slog.NewTextHandler(logged, nil))
				nodes = append(nodes, f.start(config, nodes[:i]...))
			}
			for _, c := range nodes {
				awaitView(t, c, "to see all", func(v *View) bool { return len(v.Members) == 2 })
			}
			before := [2]*View{nodes[0].View(), nodes[1].View()}
			visitor := Visitor{Cluster: "test", Name: "node-3", Gossip: "127.0.0.1:7011", Keys: key}
			for _, c := range nodes {
				self := c.View().Self
				members, err := visitor.Visit(t.Context(), self.Gossip)
				if err != nil || len(members) != 2 {
					t.Fatalf("%v, %v", members, err)
				}
				if err := visitor.Ping(t.Context(), self.Gossip); err != nil {
					t.Errorf("over UDP: %v", err)
				}
				if err := visitor.Greet(t.Context(), self.Address); err != nil {
					t.Errorf("the actors: %v", err)
				}
			}
			// Nobody took the visitor in, or has a word to say about it.
			if nodes[0].View() != before[0] || nodes[1].View() != before[1] {
				t.Errorf("views changed: %v, %v", nodes[0].View(), nodes[1].View())
			}
			if said := logged.String(); strings.Contains(said, "visitor") || strings.Contains(said, "WARN") {
				t.Errorf("logged:\n%s", said)
			}
			// A node may ask about its own cluster while it runs.
			self := nodes[0].View().Self
			if _, err := (Visitor{Cluster: "test", Name: self.Name, Gossip: self.Gossip, Keys: key}).Visit(t.Context(), nodes[1].View().Self.Gossip); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAVisitorIsToldWhyItWouldNotBeLetIn(t *testing.T) {
	f := newFixture(t)
	config := f.config("node-1")
	config.Keys, config.Store = ring(t, visitKey), "one-store"
	self := f.start(config).View().Self
	plain := f.start(f.config("node-2")).View().Self
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := nobody.Close(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		visitor Visitor
		at      string
		code    problem.Code
		says    string
	}{
		"another key":                 {Visitor{Cluster: "test", Name: "n", Keys: ring(t, "another secret of these tests")}, self.Gossip, problem.Invalid, "different shared keys"},
		"no key":                      {Visitor{Cluster: "test", Name: "n"}, self.Gossip, problem.Invalid, "different shared keys"},
		"a key where there is none":   {Visitor{Cluster: "test", Name: "n", Keys: ring(t, visitKey)}, plain.Gossip, problem.Invalid, "different shared keys"},
		"another cluster":             {Visitor{Cluster: "other", Name: "n", Keys: ring(t, visitKey)}, self.Gossip, problem.Invalid, `cluster "test"`},
		"a name that somebody has":    {Visitor{Cluster: "test", Name: "node-1", Gossip: "127.0.0.1:1", Keys: ring(t, visitKey)}, self.Gossip, problem.Invalid, `the name "node-1"`},
		"nobody":                      {Visitor{Cluster: "test", Name: "n", Keys: ring(t, visitKey)}, nobody.Addr().String(), problem.Unavailable, "nothing answers"},
		"one of several keys":         {Visitor{Cluster: "other", Name: "n", Keys: ring(t, "another secret of these tests", visitKey)}, self.Gossip, problem.Invalid, "different shared keys"},
		"another store":               {Visitor{Cluster: "test", Name: "n", Store: "another-one", Keys: ring(t, visitKey)}, self.Gossip, problem.Invalid, "the same database"},
		"what is no node at all":      {Visitor{Cluster: "test", Name: "n", Keys: ring(t, visitKey)}, self.Address, problem.Unavailable, "nothing answers"},
		"where there is no way":       {Visitor{Cluster: "test", Name: "n", Keys: ring(t, visitKey)}, "no.such.host.invalid:1", problem.Unavailable, "no way"},
		"what is no address, but UDP": {Visitor{Cluster: "test", Name: "n", Keys: ring(t, visitKey)}, "127.0.0.1", problem.Unavailable, "no way"},
	} {
		members, err := test.visitor.Visit(t.Context(), test.at)
		if problem.CodeOf(err) != test.code || !strings.Contains(problem.MessageOf(err), test.says) || members != nil {
			t.Errorf("%s: %v, %v", name, members, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := (Visitor{Name: "n", Keys: ring(t, "another secret of these tests")}).Ping(ctx, self.Gossip); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("over UDP: %v", err)
	}
	if err := (Visitor{Name: "n", Keys: ring(t, "another secret of these tests")}).Greet(t.Context(), self.Address); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("the actors: %v", err)
	}
	if err := (Visitor{Name: "n", Keys: ring(t, visitKey)}).Greet(t.Context(), plain.Address); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("actors without a key: %v", err)
	}
	if err := (Visitor{Name: "n", Keys: ring(t, visitKey)}).Greet(t.Context(), nobody.Addr().String()); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("no actors: %v", err)
	}
}

// logged is what was logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
