package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/access"
)

const tokenSecret = "swordfish of all tokens, of 32 bytes"

// written returns a file that holds a text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func publicKeyFile(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: text})))
}

func issuersFile(t *testing.T) string {
	t.Helper()
	return written(t, "issuers.json", `[
		{"issuer": "https://a.example/", "audience": "rollcall", "jwks_url": "https://a.example/jwks.json"},
		{"issuer": "https://b.example/", "secret": "`+tokenSecret+`", "user_claim": "uid", "rooms": {"b-*": "jl"}},
		{"issuer": "https://c.example/", "audience": ["one", "two"], "key": "`+publicKeyFile(t)+`"}
	]`)
}

// Who users are is said by whoever starts a node that others may reach; and what was to
// keep somebody out is never ignored.
func TestWhoUsersAreHasToBeSaid(t *testing.T) {
	key, issuers := publicKeyFile(t), issuersFile(t)
	for _, test := range []struct {
		args string
		auth string // "" if it is refused
		says string
	}{
		{"cluster", authNone, ""},
		{"cluster --listen localhost:5009", authNone, ""},
		{"cluster --listen :5009", "", "say who users are"},
		{"cluster --listen :5009 --auth none", authNone, ""},
		{"cluster --listen 192.0.2.1:5009 --auth jwt --jwt-secret SECRET", authJWT, ""},
		{"cluster --auth jwt --jwt-secret SECRET", authJWT, ""},
		{"cluster --jwt-secret SECRET", "", "--jwt-secret is for --auth jwt"},
		{"serve", "", "say who users are"},
		{"serve --listen :5009", "", "--auth none believes whatever they say"},
		{"serve --auth none", authNone, ""},
		{"serve --auth yes", "", `--auth is "yes"; it must be none or jwt`},
		{"serve --auth jwt", "", "needs to know how tokens are signed"},
		{"serve --auth jwt --jwt-secret SECRET", authJWT, ""},
		{"serve --auth jwt --jwt-secret short", "", "has 5 bytes; it needs at least 32"},
		{"serve --auth jwt --jwt-key " + key, authJWT, ""},
		{"serve --auth jwt --jwt-key nowhere.pem", "", "--jwt-key cannot be read"},
		{"serve --auth jwt --jwt-key cli_test.go", "", "no public key of RSA, ECDSA or Ed25519 in PEM"},
		{"serve --auth jwt --jwks-url https://a.example/jwks.json", "", "--jwks-url needs --jwt-audience"},
		{"serve --auth jwt --jwks-url https://a.example/jwks.json --jwt-audience rollcall", authJWT, ""},
		{"serve --auth jwt --jwks-url https://a.example/jwks.json --jwt-audience *", authJWT, ""},
		{"serve --auth jwt --jwks-url a.example --jwt-audience *", "", "--jwks-url must be an address"},
		{"serve --auth jwt --jwks-url https://x:swordfish@a.example --jwt-audience *", "", "--jwks-url has a user or a password"},
		{"serve --auth jwt --jwt-secret SECRET --jwt-key " + key, "", "one of --jwt-secret, --jwt-key and --jwks-url"},
		{"serve --auth jwt --jwt-issuers " + issuers, authJWT, ""},
		{"serve --auth jwt --jwt-issuers " + issuers + " --jwt-secret SECRET", "", "--jwt-issuers says all"},
		{"serve --auth jwt --jwt-issuers nowhere.json", "", "--jwt-issuers: there is no file nowhere.json; write the list of issuers into it"},
		{"serve --auth none --jwt-key " + key, "", "--jwt-key is for --auth jwt"},
		{"serve --auth none --jwks-url https://a.example", "", "--jwks-url is for --auth jwt"},
		{"serve --auth none --jwt-issuers " + issuers, "", "--jwt-issuers is for --auth jwt"},
		{"serve --auth none --jwt-rooms *:jwx", "", "--jwt-rooms is for --auth jwt"},
		{"serve --auth none --jwt-issuer me", "", "--jwt-issuer is for --auth jwt"},
		{"serve --auth none --jwt-audience rollcall", "", "--jwt-audience is for --auth jwt"},
		{"serve --auth none --users any", "", "--users any is for --auth jwt"},
		{"serve --auth jwt --jwt-secret SECRET --users any", authJWT, ""},
		{"serve --auth jwt --jwt-secret SECRET --users some", "", "--users"},
		{"serve --auth jwt --jwt-secret SECRET --jwt-leeway 11m", "", "--jwt-leeway is 11m"},
		{"serve --auth jwt --jwt-secret SECRET --jwt-rooms team-*:jwl,lobby:l", authJWT, ""},
		{"serve --auth jwt --jwt-secret SECRET --jwt-rooms team", "", "--jwt-rooms: write a pattern and rights"},
		{"serve --auth jwt --jwt-secret SECRET --jwt-rooms team:x", "", "--jwt-rooms: rights are letters"},
		{"serve --auth none --api-key backend:read:swordfish-swordfish", authNone, ""},
		{"serve --auth none --api-key backend:swordfish-swordfish", "", "--api-key: key 1: write it as"},
		{"serve --auth none --api-key a:read:swordfish-swordfish,b:all:swordfish-swordfish", "", "same secret"},
		{"serve --auth none --api-key a:all:swordfish-swordfish --admin-token swordfish-swordfish", "", "--admin-token is the secret of the API key a"},
		{"serve --auth none --api-key-file cli_test.go", "", "--api-key: key 1"},
	} {
		withoutEnvironment(t)
		unset(t, "ROLLCALL_AUTH")
		command, _, err := parse(strings.Fields(strings.ReplaceAll(test.args, "SECRET", strings.ReplaceAll(tokenSecret, " ", "-"))), t.Output())
		if err != nil {
			if test.auth != "" || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "swordfish") {
				t.Errorf("%s: %v", test.args, err)
			}
			continue
		}
		line := command.context.Model.Target.Interface().(commandLine)
		if got := line.Serve.Auth + line.Cluster.Auth; got != test.auth {
			t.Errorf("%s: --auth %s, want %q", test.args, got, test.auth)
		}
	}
}

func TestIssuersAreWhatFlagsAndFilesSay(t *testing.T) {
	withoutEnvironment(t)
	a := serveCmd(t, "--auth", "jwt", "--jwt-secret", tokenSecret, "--jwt-issuer", "https://a.example/", "--jwt-audience", "one,two", "--jwt-user-claim", "uid", "--jwt-rooms", "team-*:jl,lobby:").Access
	issuers, err := a.issuers()
	if err != nil || len(issuers) != 1 {
		t.Fatal(issuers, err)
	}
	i := issuers[0]
	if string(i.Secret) != tokenSecret || i.Name != "https://a.example/" || strings.Join(i.Audience, " ") != "one two" || i.User != "uid" ||
		i.Rooms.In("team-1") != access.Join|access.List || i.Rooms.In("lobby") != 0 || i.Rooms.In("other") != 0 {
		t.Errorf("%+v", i)
	}
	several := serveCmd(t, "--auth", "jwt", "--jwt-issuers", issuersFile(t)).Access
	issuers, err = several.issuers()
	if err != nil || len(issuers) != 3 {
		t.Fatal(issuers, err)
	}
	if issuers[0].KeySet == "" || issuers[0].Rooms != nil || issuers[1].User != "uid" || issuers[1].Rooms.In("b-1") != access.Join|access.List ||
		len(issuers[2].Audience) != 2 || issuers[2].Key == nil {
		t.Errorf("%+v", issuers)
	}
}

func TestAFileOfIssuersThatIsNoneIsExplained(t *testing.T) {
	for text, says := range map[string]string{
		`{}`: "a JSON list", `[]`: "a JSON list", `[{"issuer": "a", "secret": "swordfish"`: "a JSON list", `[{"audiance": "a"}]`: `it has the unknown field "audiance"; it must be a JSON list`,
		`[{"swordfish-swordfish-swordfish-swordfish": "a"}]`: ": it must be a JSON list",
		`[{"issuer": "a", "secret": 123456789}]`:             "what is wrong is secret", `[{"issuer": "a"}] {}`: "a JSON list",
		`[{"issuer": "a", "secret": "swordfish"}]`:                          "has 9 bytes",
		`[{"issuer": "a", "jwks_url": "https://a.example"}]`:                "jwks_url needs audience",
		`[{"issuer": "a", "jwks_url": "ftp://a.example", "audience": "x"}]`: "must be an address",
		`[{"issuer": "a", "key": "nowhere.pem"}]`:                           "key cannot be read",
		`[{"issuer": "a"}]`: "either a secret, a public key",
		`[{"secret": "` + tokenSecret + `"}, {"secret": "` + tokenSecret + `"}]`: "need a name each",
		`[{"secret": "` + tokenSecret + `", "rooms": {"*": "q"}}]`:               "issuer 1: rights are letters",
	} {
		withoutEnvironment(t)
		code, _, stderr := rollcall(t, "serve", "--auth", "jwt", "--jwt-issuers", written(t, "issuers.json", text))
		if code != exitUsage || !strings.Contains(stderr, says) || strings.Contains(stderr, "swordfish") || strings.Contains(stderr, "123456789") {
			t.Errorf("%s: %d %s", text, code, stderr)
		}
	}
}

// Bytes of a file make issuers or an error, which repeats none of its secrets.
func FuzzIssuers(f *testing.F) {
	for _, text := range []string{`[]`, `[{"issuer":"a","secret":"0123456789abcdef0123456789abcdef"}]`, `[{"audience":["a"],"jwks_url":"http://a"}]`, `[{"rooms":{"*":"jwl"}}]`, `[{"secret":1}]`, `[null]`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		issuers, err := parseIssuers(text)
		if (err == nil) != (len(issuers) > 0) {
			t.Fatalf("%v, %v", issuers, err)
		}
		for _, i := range issuers {
			i.Key = "" // no file of this machine's
			issuer, err := i.issuer()
			if err != nil && len(i.Secret) > 20 && strings.Contains(err.Error(), i.Secret) {
				t.Errorf("the secret is in %v", err)
			}
			if err == nil && (issuer.KeySet != "" && len(i.Audience) == 0) {
				t.Errorf("%+v is for anybody", issuer)
			}
		}
	})
}
