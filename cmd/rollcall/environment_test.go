package main

import (
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// flagVariables returns the ROLLCALL_ variables of all flags.
func flagVariables(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, variable := range append(environment(ServeCmd{}), environment(ClusterCmd{})...) {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	return names
}

// unset removes a variable until the test ends.
func unset(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "") // restores it at the end
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// freePort returns a port that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestNodesGetTheSettingsOfTheCluster(t *testing.T) {
	withoutEnvironment(t)
	want := Settings{
		ClusterName:    "tests",
		ClusterKey:     []string{"a secret of this test", "the one before it"},
		Insecure:       true,
		RollDeadline:   time.Second,
		Storage:        Storage{Data: "/tmp/a b", DatabaseURL: "postgres://a:b@c/d?e=f"},
		History:        History{ChangesKept: time.Hour, ChangesKeptMost: 2000},
		RedisServer:    RedisServer{RedisURL: "rediss://:p%40ss@localhost:6379/1", RedisCA: "ca.pem", RedisInsecure: true},
		TLS:            "files",
		TLSCert:        "c.pem",
		TLSKey:         "k.pem",
		Plain:          "refuse",
		Front:          Front{CORSOrigin: []string{"https://a.example", "http://b.example:8080"}, AllowedHosts: []string{"example.org", "*.example.com"}, TrustedProxy: []string{"10.0.0.0/8", "fd00::1"}, KeepAlive: time.Minute},
		PingInterval:   1500 * time.Millisecond,
		PingTimeout:    time.Minute,
		ConnectTimeout: 3 * time.Second,
		MaxPayload:     1000,
		Limits:         Limits{PacketRate: 50, ByteRate: 500_000, FrameRate: 100, JoinRate: 3, ChangeRate: 4, FanoutRate: 5000, MaxIdentityChange: 100, BodyMemory: 1000, BodyMemoryPerAddress: 500, MaxPerRoom: 40, RequestTimeout: time.Minute, Drain: time.Second, Outbox: 128 << 10, OutboxMemory: 2 << 20, Compression: true},
		Visitors: Visitors{
			MaxPerAddress: "7", MaxConnections: 100, MaxPendingPerAddress: 8, MaxPending: 9, MaxRequestsPerAddress: 10,
			MaxRequests: 11, MaxIdlePerAddress: 12, MaxIdle: 13, WriteRate: 14,
		},
		Operators: Operators{AdminToken: "a secret for operators"},
		Tracing:   Tracing{Trace: "0.25", TraceSlow: time.Second, TrustTraceparent: true, TracerURL: "https://jaeger.example.org/trace/{trace_id}"},
		MaxRooms:  3,
		Messages:  true,
		Logging:   Logging{LogLevel: "debug", LogFormat: "json"},
	}
	ways := accesses(t)
	for _, want.Access = range ways {
		for _, variable := range environment(want) {
			name, value, _ := strings.Cut(variable, "=")
			t.Setenv(name, value)
		}
		if diff := cmp.Diff(want, serveCmd(t).Settings); diff != "" {
			t.Errorf("(-cluster +node):\n%s", diff)
		}
	}
	want.Access = together(ways)
	requireNoZeroField(t, reflect.ValueOf(want))
}

// accesses are the ways to say how tokens are signed, of which one at a time is taken.
func accesses(t *testing.T) []Access {
	by := func(change func(*Access)) Access {
		a := Access{
			Auth: authJWT, Signing: Signing{JWTUserClaim: "uid"}, JWTLeeway: time.Minute, KnownUsers: "any",
			APIKey: []string{"one:read+emit:0123456789abcdef", "two:all:fedcba9876543210"},
		}
		change(&a)
		return a
	}
	return []Access{
		by(func(a *Access) { a.JWTIssuers = issuersFile(t) }),
		by(func(a *Access) { a.JWTKey = publicKeyFile(t) }),
		by(func(a *Access) { a.JWKSURL, a.JWTAudience = "https://a.example/jwks.json", []string{"one", "two"} }),
		by(func(a *Access) {
			a.JWTSecret, a.JWTIssuer, a.JWTRooms = tokenSecret, "https://a.example/", `{"a*": "jl", "b": "w"}`
		}),
	}
}

// together returns settings that have what any of some have.
func together(some []Access) (all Access) {
	fill := reflect.ValueOf(&all).Elem()
	for _, one := range some {
		from := reflect.ValueOf(one)
		for i := range from.NumField() {
			if fill.Field(i).IsZero() {
				fill.Field(i).Set(from.Field(i))
			}
		}
		all.JWTSecret += one.JWTSecret
		all.JWTIssuer += one.JWTIssuer
		all.JWTAudience = append(all.JWTAudience, one.JWTAudience...)
	}
	return all
}

// requireNoZeroField keeps the test complete when settings are added. What is read from
// a file goes on as what was in it.
func requireNoZeroField(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		if v.Field(i).IsZero() && !strings.HasSuffix(v.Type().Field(i).Name, "File") {
			t.Fatalf("the test does not set %s", v.Type().Field(i).Name)
		}
		if v.Type().Field(i).Anonymous {
			requireNoZeroField(t, v.Field(i))
		}
	}
}

func TestNodesGetNothingThatTheClusterHasNot(t *testing.T) {
	withoutEnvironment(t)
	t.Setenv("REDIS_URL", "redis://elsewhere:6379")
	t.Setenv("ROLLCALL_REDIS_URL", "")
	cluster := clusterCmd(t)
	for _, variable := range cluster.childEnvironment() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	if got := serveCmd(t).Settings; got.RedisURL != "" || got.TLSCert != "" || got.CORSOrigin != nil {
		t.Errorf("the node has %+v", got)
	}
}

func TestNodesShareTheProcessors(t *testing.T) {
	for _, test := range []struct{ processors, nodes, want int }{
		{8, 4, 2}, {2, 4, 1}, {4, 1, 4}, {9, 4, 2},
	} {
		if got := share(test.processors, test.nodes); got != test.want {
			t.Errorf("%d processors for %d nodes: %d each, want %d", test.processors, test.nodes, got, test.want)
		}
	}
}

func TestNodesUseAsManyProcessorsAsTheUserSays(t *testing.T) {
	withoutEnvironment(t)
	unset(t, "GOMAXPROCS")
	cluster := clusterCmd(t)
	if env := cluster.childEnvironment(); !slices.ContainsFunc(env, isProcessors) {
		t.Error("the nodes do not share the processors")
	}
	t.Setenv("GOMAXPROCS", "7")
	env := slices.DeleteFunc(cluster.childEnvironment(), func(v string) bool { return !isProcessors(v) })
	if !slices.Equal(env, []string{"GOMAXPROCS=7"}) {
		t.Errorf("the nodes get %q", env)
	}
}

func isProcessors(variable string) bool { return strings.HasPrefix(variable, "GOMAXPROCS=") }
