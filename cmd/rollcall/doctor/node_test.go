package doctor

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/cmd/rollcall/listen"
)

func TestPortsAreFreeOrTheNodesOwn(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"node":"node-1"}`) }))
	defer running.Close()
	at := strings.TrimPrefix(running.URL, "http://")
	for name, test := range map[string]struct {
		node Node
		want map[string]Level
		says string
	}{
		"free":          {Node{Name: "node-1", Listen: free(), Actor: free(), Gossip: free()}, map[string]Level{"--listen": OK, "--actor": OK, "--gossip": OK}, "is free"},
		"another's":     {Node{Name: "node-1", Listen: free(), Actor: taken.Addr().String(), Gossip: free()}, map[string]Level{"--listen": OK, "--actor": Wrong, "--gossip": OK}, "not by this node"},
		"its own":       {Node{Name: "node-1", Listen: at, Actor: taken.Addr().String(), Gossip: free()}, map[string]Level{"--listen": OK, "--actor": OK, "--gossip": OK}, "node-1 runs there"},
		"another node":  {Node{Name: "node-2", Listen: at, Actor: free(), Gossip: free()}, map[string]Level{"--listen": Wrong, "--actor": OK, "--gossip": OK}, "not by this node"},
		"not ours":      {Node{Name: "node-1", Listen: "192.0.2.1:5009", Actor: free(), Gossip: free()}, map[string]Level{"--listen": Wrong, "--actor": OK, "--gossip": OK}, "no address of this machine"},
		"shared":        {Node{Name: "node-1", Listen: free(), Shared: free(), Actor: free(), Gossip: free()}, map[string]Level{"--listen": OK, "--shared": OK, "--actor": OK, "--gossip": OK}, "is free"},
		"leads nowhere": {Node{Name: "node-1", Listen: free(), Actor: free(), AdvertiseActor: free(), Gossip: free()}, map[string]Level{"--listen": OK, "--actor": Warning, "--gossip": OK}, "does not lead there"},
	} {
		t.Run(name, func(t *testing.T) {
			var said strings.Builder
			found := test.node.ports(t.Context())
			for _, f := range found {
				said.WriteString(f.Says + "\n")
				if test.want[f.Check] != f.Level {
					t.Errorf("%+v, want %s", f, test.want[f.Check])
				}
			}
			if len(found) != len(test.want) || !strings.Contains(said.String(), test.says) {
				t.Errorf("%d findings:\n%s", len(found), &said)
			}
		})
	}
	same := free()
	if f := (port{"--actor", same, same, true}).look(t.Context(), false, "node-1"); f.Level != OK || !strings.Contains(f.Says, "leads there") {
		t.Errorf("%+v", f)
	}
}

func TestNamesAreResolved(t *testing.T) {
	n := Node{AdvertiseActor: "localhost:1", AdvertiseGossip: "no.such.name.invalid:1", Join: []string{"localhost:2", "no.such.name.invalid:2", "10.0.0.1:7011", "[::1]:7011"}}
	want := map[string]Level{"--advertise-actor": OK, "--advertise-gossip": Wrong, "--join localhost:2": OK, "--join no.such.name.invalid:2": Warning}
	found := n.names(t.Context())
	for _, f := range found {
		if want[f.Check] != f.Level {
			t.Errorf("%+v", f)
		}
	}
	if len(found) != len(want) {
		t.Errorf("%+v", found)
	}
}

func TestAddressesThatCannotBeAskedAreNoneOfThisNode(t *testing.T) {
	for address, want := range map[string]string{"127.0.0.1:1": "127.0.0.1:1", ":1": "", "0.0.0.0:1": "", "127.0.0.1:0": "", "no.such.name.invalid:1": "", "": ""} {
		if got := literal(address); got != want {
			t.Errorf("%q: %q", address, got)
		}
	}
	for _, test := range []struct{ http, gossip, want string }{
		{"10.0.0.1:5009", "10.0.0.2:7011", "10.0.0.1:5009"}, {":5009", "10.0.0.2:7011", "10.0.0.2:5009"}, {"[::]:5009", "[fd00::1]:7011", "[fd00::1]:5009"}, {"nonsense", "", "nonsense"},
	} {
		if got := httpOf(membership.Member{HTTP: test.http, Gossip: test.gossip}); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
	for address, want := range map[string]string{":5009": "localhost:5009", "0.0.0.0:1": "localhost:1", "10.0.0.1:5009": "10.0.0.1:5009"} {
		if got := dialable(address); got != want {
			t.Errorf("%q: %q", address, got)
		}
	}
}

func TestOneMachineNeedsNoKey(t *testing.T) {
	for _, test := range []struct {
		node  Node
		warns bool
	}{
		{Node{Actor: "127.0.0.1:1", Gossip: "localhost:2"}, false}, {Node{Actor: "10.0.0.1:1", Gossip: "127.0.0.1:2"}, true},
		{Node{Actor: "10.0.0.1:1", Gossip: "10.0.0.1:2", Keys: new(clusterkey.Ring)}, false}, {Node{Actor: "127.0.0.1:1", AdvertiseActor: "203.0.113.7:1", Gossip: "127.0.0.1:2"}, true},
	} {
		if found := test.node.peers(t.Context()); (found[0].Check == "key") != test.warns {
			t.Errorf("%+v: %+v", test.node, found)
		}
	}
}

func TestFilesAreLookedAt(t *testing.T) {
	folder := t.TempDir()
	data, file, secret := filepath.Join(folder, "data"), filepath.Join(folder, "file"), filepath.Join(folder, "key")
	if _, err := listen.SelfSigned(data, time.Now()); err != nil {
		t.Fatal(err)
	}
	pair := filepath.Join(data, "tls.pem")
	for name, mode := range map[string]os.FileMode{file: 0o600, secret: 0o644} {
		if err := os.WriteFile(name, []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		node  Node
		worst Level
		says  string
	}{
		"all is well":         {Node{Data: data, TLSCert: pair, TLSKey: pair}, OK, "valid until"},
		"no folder yet":       {Node{Data: filepath.Join(folder, "new")}, OK, "it is made"},
		"a file":              {Node{Data: file}, Wrong, "is a file"},
		"below a file":        {Node{Data: filepath.Join(file, "data")}, Wrong, "cannot be looked at"},
		"a secret":            {Node{Data: data, SecretFiles: []string{secret}}, Warning, "chmod 600 " + secret},
		"no certificate":      {Node{Data: data, TLSCert: file, TLSKey: file}, Wrong, "cannot be used"},
		"others read in here": {Node{Data: folder}, Warning, "chmod 700 " + folder},
	} {
		found := test.node.files(t.Context())
		var said strings.Builder
		if err := Print(&said, found); err != nil {
			t.Fatal(err)
		}
		if Worst(found) != test.worst || !strings.Contains(said.String(), test.says) {
			t.Errorf("%s:\n%s", name, &said)
		}
	}
	left, err := os.ReadDir(data)
	if err != nil || len(left) != 2 { // tls.pem and tls.lock
		t.Errorf("left behind: %v", left)
	}
	for when, want := range map[time.Duration]Level{-48 * time.Hour: Wrong, time.Hour: OK, 390 * 24 * time.Hour: Warning, 400 * 24 * time.Hour: Wrong} {
		if f := certificate(pair, pair, time.Now().Add(when)); f.Level != want {
			t.Errorf("in %v: %+v", when, f)
		}
	}
}

func TestADatabaseThatIsNotThereIsNotMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data", "rollcall.db")
	for own, want := range map[bool]Level{true: OK, false: Wrong} {
		found := Node{DatabaseURL: file, OwnDatabase: own, Log: slog.New(slog.DiscardHandler)}.database(t.Context())
		if Worst(found) != want || !strings.Contains(found[0].Says, file) {
			t.Errorf("own %v: %+v", own, found)
		}
	}
	if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
		t.Error("something was made")
	}
}

func TestAStoreWithoutUsersKeepsOutWhoNeedsARow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rollcall.db")
	store, err := identity.Open(t.Context(), file, slog.New(slog.DiscardHandler))
	if err == nil {
		_, err = store.Migrator().Up(t.Context())
		err = errors.Join(err, store.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	for anyUser, want := range map[bool]Level{false: Warning, true: OK} {
		if found := (Node{DatabaseURL: file, AnyUser: anyUser, Log: slog.New(slog.DiscardHandler)}).database(t.Context()); Worst(found) != want {
			t.Errorf("any user %v: %+v", anyUser, found)
		}
	}
}
