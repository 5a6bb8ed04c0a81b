//go:build unix

package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Requests that make no sense get a problem that a person understands, and change
// nothing.
func TestBadRequestsAreExplainedAndChangeNothing(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 1)
	node := cluster.Nodes[0]
	before := mustGet(t, node, "/users")
	long := strings.Repeat("n", 256)
	for _, test := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		says                     string
	}{
		{"unknown field", "PUT", "/users/2", `{"name":"M","admin":true}`, nil, 422, "admin"},
		{"no JSON", "PUT", "/users/2", `name=M`, nil, 422, `{"name"`},
		{"JSON cut short", "PUT", "/users/2", `{"name":"M"`, nil, 422, `{"name"`},
		{"JSON twice", "PUT", "/users/2", `{"name":"M"}{"name":"N"}`, nil, 422, "follows"},
		{"no body", "PUT", "/users/2", "", nil, 422, `{"name"`},
		{"no name", "PUT", "/users/2", `{}`, nil, 422, "neither name nor profile"},
		{"name null", "PUT", "/users/2", `{"name":null}`, nil, 422, "missing"},
		{"name that is no string", "PUT", "/users/2", `{"name":7}`, nil, 422, "name"},
		{"empty name", "PUT", "/users/2", `{"name":""}`, nil, 422, "empty"},
		{"name of spaces", "PUT", "/users/2", `{"name":"   "}`, nil, 422, "empty"},
		{"name too long", "PUT", "/users/2", `{"name":"` + long + `"}`, nil, 422, "255"},
		{"name with a line break", "PUT", "/users/2", `{"name":"a\nb"}`, nil, 422, "control"},
		{"body too long", "PUT", "/users/2", `{"name":"` + strings.Repeat("n", 20_000) + `"}`, nil, 413, "16384"},
		{"other version", "PUT", "/users/2", `{"name":"M"}`, []string{`If-Match: "7"`}, 412, "version"},
		{"version without quotes", "PUT", "/users/2", `{"name":"M"}`, []string{`If-Match: 1`}, 422, "If-Match"},
		{"unknown user", "PUT", "/users/99", `{"name":"M"}`, nil, 404, "99"},
		{"user that is no number", "PUT", "/users/abc", `{"name":"M"}`, nil, 404, "user"},
		{"unknown user asked for", "GET", "/users/99", "", nil, 404, "99"},
		{"method on a user", "PATCH", "/users/2", "", nil, 405, "GET"},
		{"method on users", "PATCH", "/users", `{}`, nil, 405, "GET"},
		{"removal by anybody", "DELETE", "/users/2", "", nil, 404, "--admin-token"},
		{"a new user by anybody", "POST", "/users", `{"id_user":"11","name":"M"}`, nil, 404, "--admin-token"},
		{"a name in bytes", "PUT", "/users/2", "{\"name\":\"Ros\xe9\"}", nil, 422, "UTF-8"},
		{"half a surrogate pair", "PUT", "/users/2", `{"name":"\ud800"}`, nil, 422, "surrogate"},
		{"a name that nobody sees", "PUT", "/users/2", `{"name":"\u200b"}`, nil, 422, "see"},
		{"a page of no size", "GET", "/users?limit=0", "", nil, 422, "limit"},
		{"a page behind nothing", "GET", "/users?cursor=%ff", "", nil, 422, "cursor"},
		{"method on a room", "PUT", "/Maths/users", "", nil, 405, "GET"},
		{"method on the API", "DELETE", "/api/rooms/Maths", "", nil, 405, "GET"},
		{"method on a page", "POST", "/ui/Maths", "", nil, 405, "GET"},
		{"method on health", "POST", "/healthz", "", nil, 405, "GET"},
		{"unknown path", "GET", "/nowhere", "", nil, 404, "/nowhere"},
		{"path below users", "GET", "/users/1/name", "", nil, 404, "nothing"},
		{"room without a name", "GET", "//users", "", nil, 422, "room"},
		{"room of the API without a name", "GET", "/api/rooms/", "", nil, 422, "room"},
		{"room as a parameter, without a name", "GET", "/api/roll", "", nil, 422, "room"},
		{"room as a parameter, not encoded", "GET", "/api/roll?room=100%", "", nil, 422, "percent-encoded"},
		{"room too long", "GET", "/" + strings.Repeat("r", 257) + "/users", "", nil, 422, "256"},
		{"room that is no UTF-8", "GET", "/%FF/users", "", nil, 422, "UTF-8"},
		{"unknown requirement", "GET", "/Maths/users?require=much", "", nil, 422, "require"},
		{"missing file", "GET", "/assets/none.js", "", nil, 404, "none.js"},
		{"a way out of the files", "GET", "/assets/../../etc/passwd", "", nil, 404, ""},
		{"an escaped way out", "GET", "/assets/..%2f..%2fetc%2fpasswd", "", nil, 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, err := node.Do(test.method, test.path, test.body, test.headers...)
			if err != nil {
				t.Fatal(err)
			}
			var problem struct {
				Title  string
				Status int
			}
			if err := json.Unmarshal([]byte(answer.Body), &problem); err != nil {
				t.Fatalf("%d %q: %v", answer.Status, answer.Body, err)
			}
			if answer.Status != test.status || problem.Status != test.status || !strings.Contains(problem.Title, test.says) ||
				answer.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %v %s, want %d and %q", answer.Status, answer.Header, answer.Body, test.status, test.says)
			}
			if test.status == http.StatusMethodNotAllowed {
				allowed := strings.Split(answer.Header.Get("Allow"), ", ")
				if !slices.Contains(allowed, "GET") || slices.Contains(allowed, test.method) {
					t.Errorf("Allow: %v", allowed)
				}
			}
		})
	}
	if after := mustGet(t, node, "/users"); after != before {
		t.Errorf("users were %s and are %s", before, after)
	}
}

func TestUsersAreReadAndRenamed(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 2)
	one, other := cluster.Nodes[0], cluster.Nodes[1]
	if got, want := mustGet(t, one, "/users?id_user=1,3,99"), `[{"id_user":"1","name":"John","version":1},{"id_user":"3","name":"Mike","version":1}]`; got != want {
		t.Errorf("users: %s", got)
	}
	version, err := one.Rename("2", "  Marie <Curie> & 👩‍🔬 ")
	if err != nil || version != 2 {
		t.Fatalf("version %d, %v", version, err)
	}
	if got, want := mustGet(t, other, "/users/2"), `{"id_user":"2","name":"Marie <Curie> & 👩‍🔬","version":2}`; got != want {
		t.Errorf("user 2 is %s", got)
	}
	answer, err := other.Do(http.MethodPut, "/users/2", `{"name":"Mary"}`, `If-Match: "2"`)
	if err != nil || answer.Status != http.StatusNoContent || answer.Header.Get("ETag") != `"3"` || answer.Body != "" {
		t.Errorf("%+v, %v", answer, err)
	}
	if version, err := one.Rename("2", "Mary"); err != nil || version != 3 {
		t.Errorf("the same name again: version %d, %v", version, err)
	}
}

func mustGet(t testing.TB, node *harness.Node, path string) string {
	t.Helper()
	answer, err := node.Do(http.MethodGet, path, "")
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, answer.Status, answer.Body)
	}
	return strings.TrimSuffix(answer.Body, "\n")
}
