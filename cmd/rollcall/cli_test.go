package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/web/plain"
)

// withoutEnvironment hides what the machine of the test has set.
func withoutEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range append(flagVariables(t), "PORT", "REDIS_URL", "DATABASE_URL", "REDIS_URL_FILE", "DATABASE_URL_FILE") {
		unset(t, name)
	}
	t.Setenv("ROLLCALL_AUTH", authNone) // of which serve has to be told
}

func serveCmd(t *testing.T, args ...string) ServeCmd {
	t.Helper()
	return parsed(t, append([]string{"serve"}, args...)).Serve
}

func clusterCmd(t *testing.T, args ...string) ClusterCmd {
	t.Helper()
	return parsed(t, append([]string{"cluster"}, args...)).Cluster
}

func parsed(t *testing.T, args []string) commandLine {
	t.Helper()
	command, _, err := parse(args, t.Output())
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return command.context.Model.Target.Interface().(commandLine)
}

func TestServeWithoutFlagsIsAUsableNode(t *testing.T) {
	withoutEnvironment(t)
	got := serveCmd(t)
	want := ServeCmd{
		Name:   NodeName(defaultName()),
		Listen: "127.0.0.1:5009",
		Actor:  "127.0.0.1:6011",
		Gossip: "127.0.0.1:7011",
		Settings: Settings{
			ClusterName:    "rollcall",
			RollDeadline:   250 * time.Millisecond,
			Storage:        Storage{Data: "data"},
			TLS:            "auto",
			PingInterval:   10 * time.Second,
			PingTimeout:    30 * time.Second,
			ConnectTimeout: 45 * time.Second,
			MaxPayload:     1_000_000,
			Access:         Access{Auth: authNone, Signing: Signing{JWTUserClaim: "sub"}, JWTLeeway: 30 * time.Second, KnownUsers: "known"},
			Front:          Front{KeepAlive: 620 * time.Second},
			Limits:         Limits{PacketRate: 1000, ByteRate: 10_000_000, FrameRate: 5000, JoinRate: 20, ChangeRate: 20, FanoutRate: 10_000_000, MaxIdentityChange: 8192, BodyMemory: 64 << 20, BodyMemoryPerAddress: 32 << 20, RequestTimeout: 30 * time.Second, Drain: 5 * time.Second, Outbox: 1 << 20, OutboxMemory: 256 << 20},
			History:        History{ChangesKept: 24 * time.Hour, ChangesKeptMost: 100_000},
			Visitors: Visitors{
				MaxPerAddress: "auto", MaxConnections: 100_000, MaxPendingPerAddress: 1000, MaxPending: 10_000,
				MaxRequestsPerAddress: 2000, MaxRequests: 8000, MaxIdlePerAddress: 1000, MaxIdle: 10_000, WriteRate: 10,
			},
			Tracing:  Tracing{TraceSlow: 100 * time.Millisecond},
			MaxRooms: 32,
			Messages: true,
			Logging:  Logging{LogLevel: "info", LogFormat: "text"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	if got.databaseURL() != "data/rollcall.db" {
		t.Errorf("database %q", got.databaseURL())
	}
}

func TestFlagsWinOverTheEnvironment(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		args []string
		get  func(ServeCmd) any
		want any
	}{
		{"PORT is every interface", map[string]string{"PORT": "8080"}, nil,
			func(c ServeCmd) any { return c.Listen }, Address(":8080")},
		{"an empty PORT does not matter beside ROLLCALL_LISTEN", map[string]string{"PORT": "", "ROLLCALL_LISTEN": ":1"}, nil,
			func(c ServeCmd) any { return c.Listen }, Address(":1")},
		{"ROLLCALL_LISTEN wins over PORT", map[string]string{"PORT": "8080", "ROLLCALL_LISTEN": "127.0.0.1:8081"}, nil,
			func(c ServeCmd) any { return c.Listen }, Address("127.0.0.1:8081")},
		{"--listen wins over both", map[string]string{"PORT": "8080", "ROLLCALL_LISTEN": ":8081"}, []string{"--listen", ":8082"},
			func(c ServeCmd) any { return c.Listen }, Address(":8082")},
		{"REDIS_URL", map[string]string{"REDIS_URL": "redis://a:6379"}, nil,
			func(c ServeCmd) any { return c.RedisURL }, "redis://a:6379"},
		{"an empty ROLLCALL_REDIS_URL means none", map[string]string{"REDIS_URL": "redis://a:6379", "ROLLCALL_REDIS_URL": ""}, nil,
			func(c ServeCmd) any { return c.RedisURL }, ""},
		{"DATABASE_URL", map[string]string{"DATABASE_URL": "postgres://a/b"}, nil,
			func(c ServeCmd) any { return c.databaseURL() }, "postgres://a/b"},
		{"--data moves the database", nil, []string{"--data", "/var/lib/rollcall"},
			func(c ServeCmd) any { return c.databaseURL() }, "/var/lib/rollcall/rollcall.db"},
		{"lists have commas", map[string]string{"ROLLCALL_JOIN": "10.0.0.1:7011,b.example:7011"}, nil,
			func(c ServeCmd) any { return c.Join }, []Address{"10.0.0.1:7011", "b.example:7011"}},
		{"IPv6 addresses to join", nil, []string{"--join", "[fd00::1]:7011,[fd00::2]:7011"},
			func(c ServeCmd) any { return c.Join }, []Address{"[fd00::1]:7011", "[fd00::2]:7011"}},
		{"flags of lists repeat", nil, []string{"--cors-origin", "https://a.example", "--cors-origin", "http://b.example:8080"},
			func(c ServeCmd) any { return c.CORSOrigin }, []string{"https://a.example", "http://b.example:8080"}},
		{"whoever is no page of http may come in", nil, []string{"--cors-origin", "file://,null,capacitor://localhost,https://*.a.example:443"},
			func(c ServeCmd) any { return c.CORSOrigin }, []string{"file://", "null", "capacitor://localhost", "https://*.a.example:443"}},
		{"proxies are trusted by the environment", map[string]string{"ROLLCALL_TRUSTED_PROXY": "10.0.0.0/8,fd00::1"}, nil,
			func(c ServeCmd) any { return c.TrustedProxy }, []string{"10.0.0.0/8", "fd00::1"}},
		{"messages can be switched off", nil, []string{"--no-messages"},
			func(c ServeCmd) any { return c.Messages }, false},
		{"and in the environment", map[string]string{"ROLLCALL_MESSAGES": "false"}, nil,
			func(c ServeCmd) any { return c.Messages }, false},
		{"and on again by the flag", map[string]string{"ROLLCALL_MESSAGES": "false"}, []string{"--messages"},
			func(c ServeCmd) any { return c.Messages }, true},
		{"a certificate implies the mode", nil, []string{"--tls-cert", "c.pem", "--tls-key", "k.pem"},
			func(c ServeCmd) any { return c.tlsMode() }, "files"},
		{"plain HTTP is served beside a self-signed certificate", nil, nil,
			func(c ServeCmd) any { return c.plainly() }, plain.Serve},
		{"plain HTTP is served where there is nothing else", nil, []string{"--tls", "off"},
			func(c ServeCmd) any { return c.plainly() }, plain.Serve},
		{"plain HTTP is redirected to a real certificate", nil, []string{"--tls-cert", "c.pem", "--tls-key", "k.pem"},
			func(c ServeCmd) any { return c.plainly() }, plain.Redirect},
		{"unless it is to be served", nil, []string{"--tls-cert", "c.pem", "--tls-key", "k.pem", "--plain", "serve"},
			func(c ServeCmd) any { return c.plainly() }, plain.Serve},
		{"or refused", map[string]string{"ROLLCALL_PLAIN": "refuse"}, nil,
			func(c ServeCmd) any { return c.plainly() }, plain.Refuse},
		{"an empty variable says nothing", map[string]string{"ROLLCALL_PLAIN": ""}, []string{"--tls-cert", "c.pem", "--tls-key", "k.pem"},
			func(c ServeCmd) any { return c.plainly() }, plain.Redirect},
		{"IPv6", nil, []string{"--listen", "[::1]:5009"},
			func(c ServeCmd) any { return c.Listen }, Address("[::1]:5009")},
	} {
		t.Run(test.name, func(t *testing.T) {
			withoutEnvironment(t)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			if diff := cmp.Diff(test.want, test.get(serveCmd(t, test.args...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadValuesAreExplained(t *testing.T) {
	for _, test := range []struct {
		args []string
		says []string // parts of the error
	}{
		{[]string{"serve", "--listen", "localhost"}, []string{"--listen", `"localhost" is no address`, "127.0.0.1:5009"}},
		{[]string{"serve", "--max-rooms", "0"}, []string{"--max-rooms", "1 to 1000"}},
		{[]string{"serve", "--listen", "localhost:http"}, []string{"--listen", "has no port", "65535"}},
		{[]string{"serve", "--listen", "1.2.3.4:65536"}, []string{"--listen", "has no port"}},
		{[]string{"serve", "--listen", "a b:80"}, []string{"--listen", "no proper host"}},
		{[]string{"serve", "--listen", ""}, []string{"--listen is empty"}},
		{[]string{"serve", "--name", "node one"}, []string{"--name", "letters, digits"}},
		{[]string{"serve", "--name", strings.Repeat("n", 64)}, []string{"--name", "63"}},
		{[]string{"serve", "--actor", ":6011"}, []string{"--actor", "other nodes", "10.0.0.1:6011"}},
		{[]string{"serve", "--gossip", "0.0.0.0:7011"}, []string{"--gossip", "other nodes"}},
		{[]string{"serve", "--actor", ":6011"}, []string{"--advertise-actor"}},
		{[]string{"serve", "--actor", ""}, []string{"--actor is empty"}},
		{[]string{"serve", "--advertise-actor", "0.0.0.0:6011"}, []string{"--advertise-actor", "by which they reach --actor"}},
		{[]string{"serve", "--advertise-gossip", "203.0.113.7:0"}, []string{"--advertise-gossip", "by which they reach --gossip"}},
		{[]string{"serve", "--advertise-gossip", "203.0.113.7"}, []string{"--advertise-gossip", "is no address"}},
		{[]string{"serve", "--advertise-actor", "a:1", "--advertise-gossip", "a:1"}, []string{"advertised as a:1", "different ports"}},
		{[]string{"serve", "--gossip", "127.0.0.1:6011"}, []string{"--actor and --gossip", "different ports"}},
		{[]string{"serve", "--join", "10.0.0.2:7011,10.0.0.3"}, []string{"--join", `"10.0.0.3" is no address`}},
		{[]string{"serve", "--join", "pods.default.svc"}, []string{"--join", `"pods.default.svc" is no address`}},
		{[]string{"serve", "--join", "pods:gossip"}, []string{"--join", "has no port"}},
		{[]string{"serve", "--join", "pods:0"}, []string{"--join", "cannot be reached"}},
		{[]string{"serve", "--join", "fd00::1:7011"}, []string{"--join", "in brackets", "[::1]:5009"}},
		{[]string{"serve", "--join", "fd00::1"}, []string{"--join", "in brackets"}},
		{[]string{"serve", "--join", "10.0.0.2"}, []string{"--join", `"10.0.0.2" is no address`}},
		{[]string{"serve", "--join", ":7011"}, []string{"--join", "cannot be reached"}},
		{[]string{"serve", "--ping-interval", "5"}, []string{"--ping-interval", "with its unit", "10s"}},
		{[]string{"serve", "--ping-interval", "5ms"}, []string{"--ping-interval is 5ms", "100ms to 1h"}},
		{[]string{"serve", "--ping-timeout", "2h"}, []string{"--ping-timeout is 2h"}},
		{[]string{"serve", "--connect-timeout", "0s"}, []string{"--connect-timeout is 0s"}},
		{[]string{"serve", "--roll-deadline", "1m"}, []string{"--roll-deadline is 1m", "30s"}},
		{[]string{"serve", "--max-payload", "10"}, []string{"--max-payload is 10", "128"}},
		{[]string{"serve", "--max-payload", "1MB"}, []string{"--max-payload"}},
		{[]string{"serve", "--cors-origin", "example.org"}, []string{"--cors-origin", `"example.org"`, "https://example.org"}},
		{[]string{"serve", "--cors-origin", "https://example.org/"}, []string{"without a path"}},
		{[]string{"serve", "--cors-origin", "https://a.example,https://*b.example"}, []string{"--cors-origin", `"https://*b.example"`, "https://*.example.org"}},
		{[]string{"serve", "--cors-origin", "wss://a.example"}, []string{"--cors-origin", "https://a.example"}},
		{[]string{"serve", "--trusted-proxy", "10.0.0.1,proxy.example"}, []string{"--trusted-proxy", `"proxy.example"`, "10.0.0.0/8"}},
		{[]string{"serve", "--trusted-proxy", "10.0.0.0/40"}, []string{"--trusted-proxy", `"10.0.0.0/40"`}},
		{[]string{"serve", "--keep-alive", "0s"}, []string{"--keep-alive is 0s", "1s"}},
		{[]string{"serve", "--cluster-name", ""}, []string{"--cluster-name"}},
		{[]string{"serve", "--cluster-key", "short"}, []string{"--cluster-key has 5", "openssl"}},
		{[]string{"serve", "--redis-url", "http://a"}, []string{"--redis-url", "rediss://"}},
		{[]string{"serve", "--redis-url", "redis://a?family=0"}, []string{"--redis-url", "option family"}},
		{[]string{"serve", "--redis-url", "redis://a", "--redis-insecure"}, []string{"--redis-insecure", "write rediss://"}},
		{[]string{"serve", "--redis-insecure"}, []string{"--redis-insecure", "--redis-url"}},
		{[]string{"serve", "--redis-url", "rediss://a", "--redis-ca", "nowhere.pem"}, []string{"--redis-ca cannot be read"}},
		{[]string{"serve", "--redis-url", "rediss://a", "--redis-ca", "cli_test.go"}, []string{"--redis-ca", "no certificate in PEM"}},
		{[]string{"serve", "--tls", "on"}, []string{"--tls", "off", "auto", "files"}},
		{[]string{"serve", "--tls", "files"}, []string{"--tls-cert"}},
		{[]string{"serve", "--tls-cert", "c.pem"}, []string{"belong together"}},
		{[]string{"serve", "--tls", "off", "--tls-cert", "c.pem", "--tls-key", "k.pem"}, []string{"--tls off"}},
		{[]string{"serve", "--plain", "yes"}, []string{"--plain", "refuse, redirect and serve"}},
		{[]string{"serve", "--tls", "off", "--plain", "redirect"}, []string{"--tls off", "--plain redirect"}},
		{[]string{"serve", "--log-level", "loud"}, []string{"--log-level", "debug", "warn"}},
		{[]string{"serve", "--log-format", "xml"}, []string{"--log-format", "json"}},
		{[]string{"serve", "--nodes", "4"}, []string{"unknown flag --nodes"}},
		{[]string{"cluster", "--nodes", "0"}, []string{"--nodes is 0", "1 to 64"}},
		{[]string{"cluster", "--nodes", "many"}, []string{"--nodes"}},
		{[]string{"cluster", "--listen", "127.0.0.1:0"}, []string{"--listen", "share one port"}},
		{[]string{"cluster", "--node-port", "65533"}, []string{"--node-port is 65533", "65535"}},
		{[]string{"cluster", "--actor-port", "0"}, []string{"--actor-port is 0"}},
		{[]string{"cluster", "--gossip-port=-1"}, []string{"--gossip-port is -1"}},
		{[]string{"cluster", "--ping-interval", "5ms"}, []string{"--ping-interval is 5ms"}},
		{[]string{"cluster", "--name", "node-1"}, []string{"unknown flag --name"}},
		{[]string{"db"}, []string{"migrate", "rollback"}},
		{[]string{"call"}, []string{"unexpected argument call"}},
		{nil, []string{"serve", "cluster"}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			withoutEnvironment(t)
			code, stdout, stderr := rollcall(t, test.args...)
			if code != exitUsage || stdout != "" {
				t.Errorf("exit code %d, output %q", code, stdout)
			}
			for _, part := range append(test.says, "rollcall: ", "--help") {
				if !strings.Contains(stderr, part) {
					t.Errorf("the error does not say %q:\n%s", part, stderr)
				}
			}
		})
	}
}

func TestBadEnvironmentIsNamed(t *testing.T) {
	for name, value := range map[string]string{
		"PORT": "http", "ROLLCALL_PING_INTERVAL": "5", "ROLLCALL_MAX_PAYLOAD": "much",
	} {
		t.Run(name, func(t *testing.T) {
			withoutEnvironment(t)
			t.Setenv(name, value)
			if code, _, stderr := rollcall(t, "serve"); code != exitUsage || !strings.Contains(stderr, name) {
				t.Errorf("exit code %d, error %q", code, stderr)
			}
		})
	}
}

func TestErrorsRepeatNoSecret(t *testing.T) {
	for name, value := range map[string]string{
		"REDIS_URL":            "redis://:hunter2%@host:port",
		"DATABASE_URL":         "mysql://root:hunter2@host/db",
		"ROLLCALL_CLUSTER_KEY": "hunter2",
	} {
		t.Run(name, func(t *testing.T) {
			withoutEnvironment(t)
			t.Setenv(name, value)
			code, stdout, stderr := rollcall(t, "cluster", "--data", t.TempDir(),
				"--listen", "127.0.0.1:"+freePort(t), "--nodes", "1",
				"--node-port", freePort(t), "--actor-port", freePort(t), "--gossip-port", freePort(t))
			if code == exitDone || strings.Contains(stdout+stderr, "hunter2") {
				t.Errorf("exit code %d, output %q %q", code, stdout, stderr)
			}
		})
	}
}

func TestHelpExplainsEveryFlag(t *testing.T) {
	withoutEnvironment(t)
	for _, command := range [][]string{{"serve"}, {"cluster"}, {"db", "migrate"}, {"users", "remove", "1"}} {
		code, stdout, stderr := rollcall(t, append(command, "--help")...)
		if code != exitDone || stderr != "" {
			t.Errorf("%v: exit code %d, error %q", command, code, stderr)
		}
		args := slices.Clone(command)
		parsed, _, err := parse(args, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range parsed.context.Selected().Flags {
			if flag.Hidden || flag.Name == "help" {
				continue
			}
			if flag.Help == "" || flag.Group == nil || len(flag.Tag.Envs) == 0 {
				t.Errorf("%v: --%s lacks help, a group or a variable", command, flag.Name)
			}
			shown := "--" + flag.Name + "="
			switch {
			case flag.Tag.Negatable != "":
				shown = "--[no-]" + flag.Name + " "
			case flag.IsBool():
				shown = "--" + flag.Name + " " // it takes no value
			}
			if !strings.Contains(stdout, shown) || !strings.Contains(stdout, "$"+flag.Tag.Envs[0]) {
				t.Errorf("%v: the help lacks --%s or $%s", command, flag.Name, flag.Tag.Envs[0])
			}
			if want := "ROLLCALL_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")); flag.Tag.Envs[0] != want {
				t.Errorf("%v: --%s has the variable %s, want %s", command, flag.Name, flag.Tag.Envs[0], want)
			}
		}
	}
}

func TestVersionIsOneLine(t *testing.T) {
	code, stdout, stderr := rollcall(t, "version")
	if code != exitDone || stderr != "" || !strings.HasPrefix(stdout, "rollcall ") || strings.Count(stdout, "\n") != 1 {
		t.Errorf("exit code %d, output %q, error %q", code, stdout, stderr)
	}
}
