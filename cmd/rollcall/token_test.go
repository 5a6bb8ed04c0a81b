package main

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/access/tokens"
)

// believed returns what a node makes of a token that was printed.
func believed(t *testing.T, token string, issuer tokens.Issuer) access.Grant {
	t.Helper()
	issuer.Secret = []byte(tokenSecret)
	verifier, err := tokens.New(tokens.Config{Issuers: []tokens.Issuer{issuer}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer verifier.Close()
	grant, err := verifier.Verify(t.Context(), token)
	if err != nil {
		t.Fatalf("%q: %v", token, err)
	}
	return grant
}

func TestATokenForTryingIsBelieved(t *testing.T) {
	withoutEnvironment(t)
	t.Setenv("ROLLCALL_JWT_SECRET", tokenSecret)
	code, stdout, stderr := rollcall(t, "token", "--sub", "1")
	if code != exitDone {
		t.Fatal(stderr)
	}
	grant := believed(t, strings.TrimSpace(stdout), tokens.Issuer{})
	if left := time.Until(grant.Expires); grant.User != "1" || grant.Rooms.In("any") != access.Usual || grant.Name != nil || left > time.Hour || left < 59*time.Minute {
		t.Errorf("%+v", grant)
	}
	code, stdout, stderr = rollcall(t, "token", "--sub", "ann", "--room", "team-*=jwld", "--room", "a, b", "--name", "Ann", "--for", "10m",
		"--jwt-issuer", "https://a.example/", "--jwt-audience", "one,two", "--jwt-user-claim", "uid")
	if code != exitDone {
		t.Fatal(stderr)
	}
	grant = believed(t, strings.TrimSpace(stdout), tokens.Issuer{Name: "https://a.example/", Audience: []string{"one"}, User: "uid"})
	if left := time.Until(grant.Expires); grant.User != "ann" || *grant.Name != "Ann" || left > 10*time.Minute ||
		grant.Rooms.In("team-7") != access.Usual|access.Remove || grant.Rooms.In("a, b") != access.Usual || grant.Rooms.In("lobby") != 0 {
		t.Errorf("%+v", grant)
	}
}

// The token is in the fragment of the page's address: no server and no proxy sees it.
func TestThePageIsOpenedWithATokenThatNoServerSees(t *testing.T) {
	withoutEnvironment(t)
	file := secretFile(t, tokenSecret, 0o600)
	for _, test := range []struct{ rooms, path string }{
		{"Maths", "/ui/Maths"}, {"team-*=jl a/b=j", "/ui/a%2Fb"}, {"", "/ui/foo"},
	} {
		args := []string{"token", "--sub", "1", "--jwt-secret-file", file, "--url", "https://localhost:5009/"}
		for _, room := range strings.Fields(test.rooms) {
			args = append(args, "--room", room)
		}
		code, stdout, stderr := rollcall(t, args...)
		page, err := url.Parse(strings.TrimSpace(stdout))
		if code != exitDone || err != nil {
			t.Fatalf("%q %v %s", stdout, err, stderr)
		}
		token, is := strings.CutPrefix(page.Fragment, "token=")
		if !is || page.EscapedPath() != test.path || page.Host != "localhost:5009" || page.RawQuery != "" || believed(t, token, tokens.Issuer{}).User != "1" {
			t.Errorf("%s: %s", test.rooms, page)
		}
	}
}

func TestATokenThatCannotBeMadeIsExplained(t *testing.T) {
	for args, says := range map[string]string{
		"--jwt-secret SECRET":                                       "--sub",
		"--sub 1":                                                   "--jwt-secret is missing",
		"--sub 1 --jwt-secret swordfish":                            "has 9 bytes; it needs at least 32",
		"--sub= --jwt-secret SECRET":                                "--sub",
		"--sub 1 --jwt-secret SECRET --for 0s":                      "--for is 0s",
		"--sub 1 --jwt-secret SECRET --room Maths=x":                "--room: rights are letters",
		"--sub 1 --jwt-secret SECRET --room =jl":                    "--room: a pattern of rooms has 1 to 256 bytes",
		"--sub 1 --jwt-secret SECRET --room a --room a=l":           "twice",
		"--sub 1 --jwt-secret SECRET --url localhost":               "--url must be the address",
		"--sub 1 --jwt-secret SECRET --url https://a/#x":            "--url must be the address",
		"--sub 1 --jwt-secret SECRET --room team-* --url https://a": "--url needs a room",
		"--sub 1 --jwt-secret SECRET --for 10000h":                  "--for is 10000h; it must be 1s to 8760h",
	} {
		withoutEnvironment(t)
		var fields []string
		for _, field := range strings.Fields(args) {
			fields = append(fields, strings.ReplaceAll(field, "SECRET", strings.ReplaceAll(tokenSecret, " ", "-")))
		}
		code, stdout, stderr := rollcall(t, append([]string{"token"}, fields...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, says) || strings.Contains(stderr, "swordfish") {
			t.Errorf("%s: %d %q %s", args, code, stdout, stderr)
		}
	}
}
