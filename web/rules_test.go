package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/apikey"
	"github.com/rollcall/rollcall/web/gate"
	"github.com/rollcall/rollcall/web/visitors"
)

const tokenSecret = "thirty-two or more bytes, as of HS256"

// verifier believes tokens that are signed with tokenSecret.
func verifier(t *testing.T) access.Verifier {
	t.Helper()
	v, err := tokens.New(tokens.Config{Issuers: []tokens.Issuer{{Secret: []byte(tokenSecret)}}, Logger: slog.New(slog.DiscardHandler)})
	actorstest.Must(t, err)
	t.Cleanup(v.Close)
	return v
}

// mint returns a token of a user with the rights in the room Maths, and none elsewhere.
func mint(t *testing.T, user, rights string, lasts time.Duration) string {
	t.Helper()
	may, err := access.ParseRights(rights)
	actorstest.Must(t, err)
	token, err := tokens.Mint(tokens.Minted{
		User: user, Rooms: access.Rooms{{Pattern: "Maths", Rights: may}}, Issued: time.Now().Add(-time.Hour), Expires: time.Now().Add(lasts),
	}, []byte(tokenSecret))
	actorstest.Must(t, err)
	return token
}

func keySecret(name string) string { return "the-secret-of-" + name + "-0123456789" }

// keys are one with each scope, by its name.
func keys(t *testing.T) apikey.Keys {
	t.Helper()
	var texts []string
	for _, scope := range []string{"read", "emit", "close", "users", "all"} {
		texts = append(texts, scope+":"+scope+":"+keySecret(scope))
	}
	keys, err := apikey.New(texts)
	actorstest.Must(t, err)
	return keys
}

// Everyone who may ask anything, and all that may be asked: a route that is new has to say
// here whom it lets in.
func TestWhoMayUseWhichRoute(t *testing.T) {
	callers := []struct{ name, shows string }{
		{"nobody", ""},
		{"forged", "x.y.z"},
		{"expired", mint(t, "1", "jwld", -time.Minute)},
		{"rightless", mint(t, "1", "", time.Hour)},
		{"lists", mint(t, "1", "l", time.Hour)},
		{"other lists", mint(t, "2", "jwld", time.Hour)},
		{"key read", keySecret("read")},
		{"key emit", keySecret("emit")},
		{"key close", keySecret("close")},
		{"key users", keySecret("users")},
		{"key all", keySecret("all")},
		{"operator", adminToken},
	}
	// What each is told, in the order of the callers; "ok" for who is let in.
	verdicts := map[string][2]string{
		"list": { // in the room Maths
			"ok ok ok ok ok ok ok ok ok ok ok ok",
			"token_required bad_token token_expired no_right ok ok ok no_right no_right no_right ok ok",
		},
		"list elsewhere": {
			"ok ok ok ok ok ok ok ok ok ok ok ok",
			"token_required bad_token token_expired no_right no_right no_right ok no_right no_right no_right ok ok",
		},
		"any token": {
			"ok ok ok ok ok ok ok ok ok ok ok ok",
			"token_required bad_token token_expired ok ok ok ok no_right no_right no_right ok ok",
		},
		"all users": {
			"ok ok ok ok ok ok ok ok ok ok ok ok",
			"token_required bad_token token_expired no_right no_right no_right ok no_right no_right no_right ok ok",
		},
		"oneself": { // who is user 1
			"ok ok ok ok ok ok ok ok ok ok ok ok",
			"token_required bad_token token_expired ok ok other_user no_right no_right no_right ok ok ok",
		},
		"scope users": {
			"token_required bad_token bad_token bad_token bad_token bad_token no_right no_right no_right ok ok ok",
			"token_required bad_token token_expired no_right no_right no_right no_right no_right no_right ok ok ok",
		},
		"all rooms": {
			"token_required bad_token bad_token bad_token bad_token bad_token ok no_right no_right no_right ok ok",
			"token_required bad_token token_expired no_right no_right no_right ok no_right no_right no_right ok ok",
		},
		"scope emit": {
			"token_required bad_token bad_token bad_token bad_token bad_token no_right ok no_right no_right ok ok",
			"token_required bad_token token_expired no_right no_right no_right no_right ok no_right no_right ok ok",
		},
		"scope close": {
			"token_required bad_token bad_token bad_token bad_token bad_token no_right no_right ok no_right ok ok",
			"token_required bad_token token_expired no_right no_right no_right no_right no_right ok no_right ok ok",
		},
		"disconnect": { // in the room Maths
			"token_required bad_token bad_token bad_token bad_token bad_token no_right no_right ok no_right ok ok",
			"token_required bad_token token_expired no_right no_right ok no_right no_right ok no_right ok ok",
		},
		"oneself, proven": { // who is user 1
			"token_required bad_token bad_token bad_token bad_token bad_token ok no_right no_right no_right ok ok",
			"token_required bad_token token_expired ok ok other_user ok no_right no_right no_right ok ok",
		},
		"operators": {
			strings.Repeat("unauthorized ", 11) + "ok",
			strings.Repeat("unauthorized ", 11) + "ok",
		},
		"public": {
			"ok ok ok ok ok ok ok ok ok ok ok ok",
			"ok ok ok ok ok ok ok ok ok ok ok ok",
		},
	}
	requests := []struct{ method, pattern, target, body, rule string }{
		{"GET", "/users", "/users?id_user=1", "", "any token"},
		{"GET", "/users", "/users?id_user=1,2", "", "any token"},
		{"GET", "/users", "/users", "", "all users"},
		{"HEAD", "/users", "/users", "", "all users"},
		{"GET", "/users", "/users?limit=1", "", "all users"},
		{"POST", "/users", "/users", `{"id_user":"%d","name":"Ann"}`, "scope users"},
		{"PUT", "/users", "/users?id_user=1", `{"name":"Ann %d"}`, "oneself"},
		{"DELETE", "/users", "/users?id_user=nobody", "", "scope users"},
		{"GET", "/users/{id}", "/users/1", "", "any token"},
		{"PUT", "/users/{id}", "/users/1", `{"name":"Ann %d"}`, "oneself"},
		{"PUT", "/users/{id}", "/users/%31", `{"name":"Ann %d"}`, "oneself"},
		{"DELETE", "/users/{id}", "/users/nobody", "", "scope users"},
		{"GET", "/api/roll", "/api/roll?room=Maths", "", "list"},
		{"GET", "/api/roll", "/api/roll?room=Physics", "", "list elsewhere"},
		{"GET", "/api/roll", "/api/roll?room=Physics&room=Maths", "", "list elsewhere"},
		{"GET", "/api/rooms", "/api/rooms?room=Maths", "", "list"},
		{"GET", "/api/rooms/{room}", "/api/rooms/Maths", "", "list"},
		{"GET", "/api/rooms/{room}", "/api/rooms/Maths%2F", "", "list elsewhere"},
		{"GET", "/api/rooms/{room}/users", "/api/rooms/%4daths/users", "", "list"},
		{"GET", "/api/rooms/{room}/users", "/api/rooms/Physics/users", "", "list elsewhere"},
		{"GET", "/{room}/users", "/Maths/users", "", "list"},
		{"GET", "/{room}/users", "/Maths/users/", "", "list"},
		{"HEAD", "/{room}/users", "/Physics/users", "", "list elsewhere"},
		{"GET", "/api/rooms", "/api/rooms", "", "all rooms"},
		{"GET", "/api/rooms", "/api/rooms?limit=1", "", "all rooms"},
		{"GET", "/api/rooms/{room}/count", "/api/rooms/Maths/count", "", "list"},
		{"GET", "/api/rooms/{room}/count", "/api/rooms/Physics/count", "", "list elsewhere"},
		{"GET", "/api/users/{id}/sockets", "/api/users/1/sockets", "", "oneself, proven"},
		{"DELETE", "/api/users/{id}/sockets", "/api/users/1/sockets", "", "scope close"},
		{"POST", "/api/users/{id}/revoke", "/api/users/9/revoke", `{"before":"2026-01-01T00:00:00Z"}`, "scope users"},
		{"POST", "/api/presence", "/api/presence", `{"users":["1"]}`, "all rooms"},
		{"POST", "/api/emit", "/api/emit", `{"room":"Maths","event":"e"}`, "scope emit"},
		{"DELETE", "/api/sockets/{id_socket}", "/api/sockets/none", "", "scope close"},
		{"DELETE", "/api/rooms/{room}/sockets", "/api/rooms/Maths/sockets", "", "scope close"},
		{"DELETE", "/api/rooms/{room}/sockets/{id_socket}", "/api/rooms/Maths/sockets/none", "", "disconnect"},
		{"GET", "/api/openapi.json", "/api/openapi.json", "", "public"},
		{"GET", "/metrics", "/metrics", "", "operators"},
		{"GET", "/api/dash", "/api/dash", "", "operators"},
		{"GET", "/api/dash/nodes", "/api/dash/nodes", "", "operators"},
		{"GET", "/api/dash/samples", "/api/dash/samples", "", "operators"},
		{"GET", "/api/dash/actors", "/api/dash/actors", "", "operators"},
		{"GET", "/api/dash/traces", "/api/dash/traces", "", "operators"},
		{"GET", "/api/dash/traces/{trace_id}", "/api/dash/traces/1", "", "operators"},
		{"GET", "/api/dash/rooms/{room}", "/api/dash/rooms/Maths", "", "operators"},
		{"GET", "/api/dash/{path...}", "/api/dash/a/b", "", "operators"},
		{"GET", "/healthz", "/healthz", "", "public"},
		{"GET", "/readyz", "/readyz", "", "public"},
		{"GET", "/", "/", "", "public"},
		{"GET", "/ui/{room}", "/ui/Maths", "", "public"},
		{"GET", "/dash", "/dash", "", "public"},
		{"GET", "/assets/{file...}", "/assets/app-1.js", "", "public"},
	}
	// What answers by itself: the engine, files of the client, and what there is not.
	elsewhere := []string{"/socket.io", "/socket.io/{any}", "/assets", "/{path...}"}

	var asked []string
	for mode, auth := range []string{"none", "jwt"} {
		s := newSite(t, operated(gate.New(adminToken)), func(c *Config) {
			c.Keys = keys(t)
			if auth == "jwt" {
				c.Access = verifier(t)
			}
		})
		for i, request := range requests {
			want := strings.Fields(verdicts[request.rule][mode])
			for j, from := range callers {
				body := request.body
				if strings.Contains(body, "%d") {
					body = fmt.Sprintf(body, 1000+i*100+j)
				}
				got := s.ask(request.method, request.target, body, "Authorization", "Bearer "+from.shows)
				if verdict := verdictOf(t, got); verdict != want[j] {
					t.Errorf("%s: %s %s for %s: %s, want %s: %d %s", auth, request.method, request.target, from.name, verdict, want[j], got.status, got.body)
				}
				if strings.Contains(got.body, from.shows) && from.shows != "" {
					t.Errorf("%s %s repeats what was shown: %s", request.method, request.target, got.body)
				}
			}
			asked = append(asked, strings.Replace(request.method, "HEAD", "GET", 1)+" "+request.pattern)
		}
		for _, row := range s.table() {
			if !slices.Contains(asked, row.method+" "+row.pattern) && !slices.Contains(elsewhere, row.pattern) && row.door != fileDoor {
				t.Errorf("nobody asks %s %s here", row.method, row.pattern)
			}
			if row.asks.public && row.door == operatorDoor {
				t.Errorf("%s %s says that it is public, and is for operators", row.method, row.pattern)
			}
		}
	}
}

// Who is refused is told what to show there, and not what would be refused next.
func TestARefusalSaysWhatToShow(t *testing.T) {
	backends := [][2]string{{"POST", "/api/emit"}, {"POST", "/api/presence"}, {"DELETE", "/users/1"}, {"DELETE", "/api/rooms/Maths/sockets"}}
	users := [][2]string{{"GET", "/api/rooms"}, {"GET", "/users"}, {"PUT", "/users/1"}, {"GET", "/Maths/users"}}
	for _, test := range []struct {
		name      string
		jwt, keys bool
		routes    [][2]string
		shows     string
		says, not string
	}{
		{"a backend without a key", true, true, backends, "", "or an API key with the scope ", "asks for a token"},
		{"a backend, where there are no keys yet", true, false, backends, "", "or an API key with the scope ", "asks for a token"},
		{"a user without a token", true, true, users, "", "asks for a token: show it, or an API key with the scope ", "auth: {"},
		{"a key that is mistyped", true, true, append(users, backends...), keySecret("emit") + "x", "no API key of this server, and no JSON Web Token", "not good"},
		{"a token that is forged", true, true, users, "x.y.z", "The token is not good", "API key"},
		{"nothing, and open", false, true, backends, "", "show the admin token or a key", "--api-key"},
		{"nothing, open, and without keys", false, false, backends, "", "show the admin token. For backends, start Rollcall with --api-key", ""},
		{"nothing, of all rooms, open, and without keys", false, false, users[:1], "", "show the admin token, or start Rollcall with --api-key", ""},
		{"anything, open, and without keys", false, false, backends, "x", "not the admin token. For backends, start Rollcall with --api-key", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, operated(gate.New(adminToken)), func(c *Config) {
				if test.keys {
					c.Keys = keys(t)
				}
				if test.jwt {
					c.Access = verifier(t)
				}
			})
			for _, route := range test.routes {
				got := s.ask(route[0], route[1], "{}", "Authorization", "Bearer "+test.shows)
				if !strings.Contains(got.body, test.says) || test.not != "" && strings.Contains(got.body, test.not) {
					t.Errorf("%v: %s, want %q and no %q", route, got.body, test.says, test.not)
				}
			}
		})
	}
}

// verdictOf returns the code with which a request is refused for who it is from, else "ok".
func verdictOf(t *testing.T, got answer) string {
	t.Helper()
	switch got.status {
	case http.StatusUnauthorized, http.StatusForbidden:
	default:
		if got.status >= 500 {
			t.Errorf("%d %s", got.status, got.body)
		}
		return "ok"
	}
	code := codeOf(t, got)
	challenge := got.header.Get("WWW-Authenticate")
	want := `Bearer realm="Rollcall"`
	switch code {
	case problem.BadToken, problem.TokenExpired:
		want += `, error="invalid_token"`
	case problem.NoRight:
		want += `, error="insufficient_scope"`
	case problem.OtherUser:
		want = ""
	}
	if challenge != want || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: WWW-Authenticate %s, want %s; %s", code, challenge, want, got.header.Get("Cache-Control"))
	}
	return string(code)
}

// The right to take others out of a room is not among those that everybody has.
func TestWhatTakesTheRightToRemoveIsOpenToNobody(t *testing.T) {
	room := func(*http.Request) (string, error) { return "Maths", nil }
	for _, rights := range []access.Rights{access.Remove, access.List | access.Remove} {
		if withRight(rights, room, apikey.Close).open {
			t.Errorf("%v is open", rights)
		}
	}
	if !withRight(access.List|access.Write, room, apikey.Read).open {
		t.Error("what is usual is not open")
	}
}

// The zero rule lets in operators only: a row that forgets its rule opens nothing.
func TestARowWithoutARuleIsForOperators(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Keys, c.Access, c.Gate = keys(t), verifier(t), gate.New(adminToken) })
	handle := s.guard(route{method: "GET", handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }})
	for shown, want := range map[string]int{"": 401, mint(t, "1", "jwld", time.Hour): 403, keySecret("all"): 403, adminToken: 204} {
		got := httptest.NewRecorder()
		if handle(got, s.request("GET", "/x", "", "Authorization", "Bearer "+shown)); got.Code != want {
			t.Errorf("%.10s: %d %s", shown, got.Code, got.Body)
		}
	}
}

// Keys work beside the open way, and as operators do: at any rate. Users have a rate by
// their address, whatever tokens they show.
func TestTokensHaveARateAndKeysHaveNone(t *testing.T) {
	for _, auth := range []string{"none", "jwt"} {
		s := newSite(t, func(c *Config) {
			c.Keys, c.Writes = keys(t), visitors.NewRate("changes of users", 1, nil)
			if auth == "jwt" {
				c.Access = verifier(t)
			}
		})
		put := func(shown string) int {
			return s.ask(http.MethodPut, "/users/1", `{"name":"Ann"}`, "Authorization", "Bearer "+shown).status
		}
		for range 30 {
			if got := put(keySecret("users")); got != http.StatusNoContent {
				t.Fatalf("%s: a key is told %d", auth, got)
			}
		}
		limited := 0
		for range 30 {
			if put(mint(t, "1", "", time.Hour)) == http.StatusTooManyRequests {
				limited++
			}
		}
		if limited < 10 {
			t.Errorf("%s: only %d are too many", auth, limited)
		}
	}
}

// Whoever shows a token meant to: no browser sends one by itself to where it should not.
func TestPagesOfElsewhereMayChangeWithATokenOnly(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Access, c.Keys = verifier(t), keys(t) })
	for shown, want := range map[string]int{
		mint(t, "1", "", time.Hour): 204, mint(t, "2", "", time.Hour): 403, keySecret("users"): 204, keySecret("read"): 403, "": 401, "x": 401,
	} {
		got := s.ask(http.MethodPut, "/users/1", `{"name":"Ann"}`, "Origin", "https://evil.example", "Authorization", "Bearer "+shown)
		if got.status != want || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%.10s: %d %s", shown, got.status, got.body)
		}
	}
	preflight := s.ask(http.MethodOptions, "/users/1", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "authorization")
	if preflight.header.Get("Access-Control-Allow-Headers") != "" {
		t.Errorf("a page of elsewhere is let in: %v", preflight.header)
	}
}

// A page that is let in may show its token; and asks before it does.
func TestAPageMaySendItsToken(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Access, c.Origins = verifier(t), []string{"https://school.test"} })
	for _, asked := range []string{"authorization,content-type", ""} {
		got := s.ask(http.MethodOptions, "/users/1", "", "Origin", "https://school.test", "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", asked)
		if got.status != http.StatusNoContent || !strings.Contains(strings.ToLower(got.header.Get("Access-Control-Allow-Headers")), "authorization") {
			t.Errorf("%d %v", got.status, got.header)
		}
	}
	got := s.get("/Maths/users", "Origin", "https://school.test")
	if got.status != http.StatusUnauthorized || got.header.Get("Access-Control-Allow-Origin") != "https://school.test" {
		t.Errorf("the page cannot read why it is refused: %d %v", got.status, got.header)
	}
}

// away is an issuer whose keys are not known yet.
type away struct{}

func (away) Verify(context.Context, string) (access.Grant, error) {
	return access.Grant{}, problem.New(problem.Unavailable, "The keys of this token's issuer are not known yet: try again")
}

func TestWhileAnIssuerIsAwayTokensWaitAndKeysWork(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Access, c.Keys = away{}, keys(t) })
	got := s.get("/Maths/users", "Authorization", "Bearer x.y.z")
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.header.Get("WWW-Authenticate") != "" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	if got := s.get("/Maths/users", "Authorization", "Bearer "+keySecret("read")); got.status != http.StatusOK {
		t.Errorf("a key: %d %s", got.status, got.body)
	}
}

// Who has to prove who they are is not made one of the users.
func TestNobodyIsGivenAUserWhereTokensAreAskedFor(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Access = verifier(t) })
	if got := s.get("/"); got.status != http.StatusOK || !strings.Contains(got.body, "<title>") {
		t.Errorf("%d %v", got.status, got.header)
	}
}
