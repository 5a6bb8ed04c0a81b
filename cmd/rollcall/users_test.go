//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/identity/redistest"
)

// usersIn runs rollcall users on the store in a folder.
func usersIn(t *testing.T, data string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return rollcall(t, append(append([]string{"users"}, args...), "--data", data)...)
}

// newData returns a folder with the ten first users.
func newData(t *testing.T) string {
	t.Helper()
	withoutEnvironment(t)
	data := filepath.Join(t.TempDir(), "new")
	if code, _, stderr := rollcall(t, "db", "migrate", "--seed", "--data", data); code != exitDone {
		t.Fatal(stderr)
	}
	return data
}

func TestUsersAreAddedListedAndRemoved(t *testing.T) {
	data := newData(t)
	steps := []struct {
		args []string
		code int
		says string
	}{
		{[]string{"add", "auth0|5f7c", " Zoë <3 "}, exitDone, "added: auth0|5f7c, version 1\n"},
		{[]string{"add", "auth0|5f7c", "Zoë"}, exitFailed, "already"},
		{[]string{"add", "", "Zoë"}, exitFailed, "id_user"},
		{[]string{"add", "11", "\u3164"}, exitFailed, "people can see"},
		{[]string{"add", "11"}, exitUsage, "name"},
		{[]string{"add", "11", "Ros\xe9"}, exitUsage, "argument 4 is not valid UTF-8"},
		{[]string{"remove", "\xff"}, exitUsage, "argument 3 is not valid UTF-8"},
		{[]string{"import", data}, exitFailed, "is a directory"},
		{[]string{"remove", "2", "--redis-url", "http://a"}, exitUsage, "--redis-url"},
		{[]string{"remove", "2"}, exitDone, "removed: 2; nodes that run hear of it within 10 s\n"},
		{[]string{"remove", "2"}, exitFailed, `no user "2"`},
		{[]string{"add", "2", "Mary"}, exitDone, "added: 2, version 3\n"},
		{[]string{"remove", "3"}, exitDone, "removed: 3"},
		{[]string{"revoke", "4", "--before", "yesterday"}, exitUsage, `--before: "yesterday" is no time; write one as 2026-11-29T12:00:00Z`},
		{[]string{"revoke", "4", "--before", "1969-12-31T00:00:00Z"}, exitFailed, "from 1970 to a day from now"},
		{[]string{"revoke", "4", "--before", "2999-01-01T00:00:00Z"}, exitFailed, "from 1970 to a day from now"},
		{[]string{"revoke", "4", "--before", "2026-11-28T12:00:00Z"}, exitDone, "revoked: tokens of 4 issued before 2026-11-28T12:00:00Z; nodes that run hear of it within 10 s\n"},
		{[]string{"revoke", "4", "--before", "2026-11-28T12:00:00Z"}, exitDone, "such tokens are refused already"},
		{[]string{"revoke", "somebody of elsewhere"}, exitDone, "revoked: tokens of somebody of elsewhere issued before 20"},
	}
	for _, step := range steps {
		code, stdout, stderr := usersIn(t, data, step.args...)
		if code != step.code || !strings.Contains(stdout+stderr, step.says) {
			t.Errorf("users %q: exit code %d, output %q, error %q; want %q", step.args, code, stdout, stderr, step.says)
		}
	}
	_, list, _ := usersIn(t, data, "list")
	want := "1\tJohn\t1\n10\tVictoria\t1\n2\tMary\t3\n4\tFrank\t1\n5\tStephanie\t1\n6\tRichard\t1\n7\tSonia\t1\n8\tCharlie\t1\n9\tRowan\t1\nauth0|5f7c\tZoë <3\t1\n"
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if _, lines, _ := usersIn(t, data, "list", "--json"); !strings.HasSuffix(lines, `{"id_user":"auth0|5f7c","name":"Zoë <3","version":1}`+"\n") || strings.Count(lines, "\n") != 10 {
		t.Errorf("list --json: %s", lines)
	}
}

func TestUsersNeedTables(t *testing.T) {
	withoutEnvironment(t)
	for _, args := range [][]string{{"list"}, {"add", "1", "John"}, {"remove", "1"}, {"import", write(t, "a.csv", "1,John\n")}} {
		data := t.TempDir()
		if err := os.WriteFile(filepath.Join(data, "rollcall.db"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := usersIn(t, data, args...); code != exitFailed || !strings.Contains(stderr, "rollcall db migrate") {
			t.Errorf("users %q: exit code %d, error %q", args, code, stderr)
		}
	}
}

// Who mistypes the folder is told so, and finds no empty store there afterwards.
func TestUsersOfNoStoreAreNobodys(t *testing.T) {
	withoutEnvironment(t)
	data := filepath.Join(t.TempDir(), "mistyped")
	for _, args := range [][]string{{"list"}, {"add", "1", "John"}, {"remove", "1"}, {"import", write(t, "a.csv", "1,John\n")}} {
		code, _, stderr := usersIn(t, data, args...)
		if code != exitFailed || !strings.Contains(stderr, "no user store at "+filepath.Join(data, "rollcall.db")) || !strings.Contains(stderr, "--data") {
			t.Errorf("users %q: exit code %d, error %q", args, code, stderr)
		}
		if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("users %q made %s", args, data)
		}
	}
}

// write makes a file.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUsersAreImported(t *testing.T) {
	data := newData(t)
	file := write(t, "people.csv", "id_user,name\n11,Zoë\n2,Mary\n3,Michael\n12,\n13,Ann,x\n11,Zoë\n14,Ro\xe9\n")
	code, stdout, stderr := usersIn(t, data, "import", file)
	if code != exitFailed || stdout != "added: 1, renamed: 0, unchanged: 2, refused: 4\n" {
		t.Errorf("exit code %d, output %q", code, stdout)
	}
	want := []string{
		`line 4: there is a user "3" already, whose name is "Mike"`, "line 5: a name must not be empty", "line 6: it has 3 fields",
		"line 8: a name must be valid UTF-8", "rollcall: 4 users were refused",
	}
	for i, line := range strings.Split(strings.TrimSpace(stderr), "\n") {
		if i >= len(want) || !strings.HasPrefix(line, want[i]) {
			t.Errorf("error %q", line)
		}
	}
	if code, stdout, stderr := usersIn(t, data, "import", "--update", write(t, "more.csv", "3,Michael\n4,Francis\n1,John\n")); code != exitDone ||
		stdout != "added: 0, renamed: 2, unchanged: 1, refused: 0; nodes that run hear of it within 10 s\n" || stderr != "" {
		t.Errorf("exit code %d, output %q, error %q", code, stdout, stderr)
	}
	if _, list, _ := usersIn(t, data, "list"); !strings.Contains(list, "11\tZoë\t1\n2\tMary\t1\n3\tMichael\t2\n4\tFrancis\t2\n") {
		t.Errorf("list: %s", list)
	}
}

// Profiles come with users, and leave with them; what says nothing of one leaves it.
func TestProfilesAreImportedAndListed(t *testing.T) {
	data := newData(t)
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"add", "11", "Zoë", "--profile", `{ "a": "<&>" }`}, exitDone, "added: 11, version 1\n"},
		{[]string{"add", "12", "Zoë", "--profile", "{"}, exitFailed, "profile must be JSON"},
		{[]string{"import", write(t, "first.csv", "id_user,name,profile\n11,Zoë,\n2,Mary,[1]\n3,Mike,{\n")}, exitFailed, "added: 0, renamed: 0, unchanged: 1, refused: 2\n"},
		{[]string{"import", "--update", write(t, "second.csv", "id_user,name,profile\n11,Zoë,null\n2,Mary,[1]\n4,Francis,\"{\"\"b\"\":2}\"\n")}, exitDone, "added: 0, renamed: 1, changed: 2, unchanged: 0, refused: 0; nodes"},
		{[]string{"import", "--update", write(t, "third.jsonl", `{"id_user":"4","name":"Frank"}`)}, exitDone, "renamed: 1, unchanged: 0"},
	} {
		if code, stdout, stderr := usersIn(t, data, step.args...); code != step.code || !strings.Contains(stdout+stderr, step.says) {
			t.Errorf("users %q: exit code %d, output %q, error %q; want %q", step.args, code, stdout, stderr, step.says)
		}
	}
	_, listed, _ := usersIn(t, data, "list", "--json")
	for _, line := range []string{
		`{"id_user":"11","name":"Zoë","version":2}`, `{"id_user":"2","name":"Mary","profile":[1],"version":2}`,
		`{"id_user":"3","name":"Mike","version":1}`, `{"id_user":"4","name":"Frank","profile":{"b":2},"version":3}`,
	} {
		if !strings.Contains(listed, line+"\n") {
			t.Errorf("%s is not in\n%s", line, listed)
		}
	}
	if _, text, _ := usersIn(t, data, "list"); !strings.Contains(text, "2\tMary\t2\n") {
		t.Errorf("list: %s", text)
	}
	if _, stdout, _ := usersIn(t, data, "import", write(t, "again.jsonl", listed)); stdout != "added: 0, renamed: 0, unchanged: 11, refused: 0\n" {
		t.Errorf("what was listed is not what is there: %s", stdout)
	}
}

func TestImportOfWhatIsNoListOfUsersLeavesNothing(t *testing.T) {
	data := newData(t)
	for name, says := range map[string]string{
		write(t, "long.csv", "11,Zoë\n12,"+strings.Repeat("x", 200_000)+"\n"): "nothing was imported",
		write(t, "other.csv", "user,name\n11,Zoë\n"):                          "looks like a header",
		write(t, "array.json", `[{"id_user":"11","name":"Zoë"}]`):             "jq",
		filepath.Join(t.TempDir(), "absent.csv"):                              "no such file",
		t.TempDir():                                                           "is a directory",
	} {
		code, stdout, stderr := usersIn(t, data, "import", name)
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit code %d, output %q, error %q; want %q", filepath.Base(name), code, stdout, stderr, says)
		}
	}
	if _, list, _ := usersIn(t, data, "list"); strings.Count(list, "\n") != 10 {
		t.Errorf("list: %s", list)
	}
}

func TestRefusalsAreCounted(t *testing.T) {
	data := newData(t)
	code, stdout, stderr := usersIn(t, data, "import", write(t, "bad.csv", strings.Repeat("11\n", 1000)))
	if code != exitFailed || !strings.HasSuffix(stdout, "refused: 1000\n") || strings.Count(stderr, "\n") != mostRefusalsShown+2 ||
		!strings.Contains(stderr, fmt.Sprintf("and %d more\n", 1000-mostRefusalsShown)) {
		t.Errorf("exit code %d, output %q, error %q", code, stdout, stderr)
	}
}

// What is listed can be imported elsewhere, from standard input.
func TestListIsImported(t *testing.T) {
	from, to := newData(t), newData(t)
	for n := range 2 * usersAtATime {
		if n%usersAtATime == 0 {
			var lines strings.Builder
			for i := range usersAtATime {
				fmt.Fprintf(&lines, "id %d,\"Name \"\"%d\"\" <&>\"\n", n+i, n+i)
			}
			if code, _, stderr := usersIn(t, from, "import", write(t, "part.csv", lines.String())); code != exitDone {
				t.Fatal(stderr)
			}
		}
	}
	_, listed, _ := usersIn(t, from, "list", "--json")
	command, _, err := parse([]string{"users", "import", "-", "--data", to}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	command.context.BindTo(context.WithoutCancel(t.Context()), (*context.Context)(nil))
	if err := command.context.Run(streams{strings.NewReader(listed), &out, &errs}); err != nil {
		t.Fatal(err, errs.String())
	}
	if want := fmt.Sprintf("added: %d, renamed: 0, unchanged: 10, refused: 0\n", 2*usersAtATime); out.String() != want {
		t.Errorf("output %q, want %q", out.String(), want)
	}
	if _, got, _ := usersIn(t, to, "list", "--json"); got != listed {
		t.Error("the lists differ")
	}
}

func TestNodesAreTold(t *testing.T) {
	data, server := newData(t), redistest.Start(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	heard := client.Subscribe(t.Context(), identityChannel("mine"))
	defer heard.Close()
	if _, err := heard.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	tell := []string{"--redis-url", server.URL(), "--cluster-name", "mine"}
	next := func() string {
		t.Helper()
		message, err := heard.ReceiveTimeout(t.Context(), 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return message.(*redis.Message).Payload
	}
	code, stdout, stderr := usersIn(t, data, append([]string{"remove", "2"}, tell...)...)
	if code != exitDone || stdout != "removed: 2; the nodes were told\n" {
		t.Errorf("exit code %d, output %q, error %q", code, stdout, stderr)
	}
	if got := next(); !strings.Contains(got, `"id_user":"2","version":2,"removed":true`) {
		t.Errorf("heard %s", got)
	}
	file := write(t, "a.csv", "3,Michael\n4,Francis\n")
	if code, stdout, stderr := usersIn(t, data, append([]string{"import", "--update", file}, tell...)...); code != exitDone || !strings.HasSuffix(stdout, "; the nodes were told\n") {
		t.Errorf("exit code %d, output %q, error %q", code, stdout, stderr)
	}
	if got := next(); !strings.Contains(got, `"seq":3`) { // whoever hears of the last looks for the others
		t.Errorf("heard %s", got)
	}
	server.Stop()
	code, stdout, stderr = usersIn(t, data, append([]string{"remove", "3"}, tell...)...)
	if code != exitDone || stdout != "removed: 3; nodes that run hear of it within 10 s\n" || !strings.Contains(stderr, "Redis") {
		t.Errorf("exit code %d, output %q, error %q", code, stdout, stderr)
	}
}
