//go:build unix

package identity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/problem"
)

func TestParseProfile(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "null": "", " null\n": "", "{}": "{}", "0": "0", `""`: `""`, "[ 1 , 2 ]": "[1,2]",
		`{ "b": 1.50, "a": "<&>\u0000\ud800" }`: `{"b":1.50,"a":"<&>\u0000\ud800"}`, // as it came
		`{"a":1,"a":2}`:                         `{"a":1,"a":2}`,
		`"` + strings.Repeat("é", 2047) + `"`:   `"` + strings.Repeat("é", 2047) + `"`,
		strings.Repeat(" ", 8<<10) + "1":        "1",
		nested(DeepestProfile):                  nested(DeepestProfile),
	} {
		got, err := ParseProfile(json.RawMessage(text))
		if err != nil || string(got) != want || (got == nil) != (want == "") {
			t.Errorf("%.40q became %.40q, %v", text, got, err)
		}
	}
	for _, text := range []string{" ", "{", "{}{}", "nul", "NULL", "{'a':1}", `{"a"}`, "\"\xff\"", "\xef\xbb\xbf{}", `"` + strings.Repeat("x", LongestProfile-1) + `"`, nested(DeepestProfile + 1)} {
		if got, err := ParseProfile(json.RawMessage(text)); problem.NameOf(err) != problem.BadProfile || got != nil {
			t.Errorf("%.40q became %.40q, %v", text, got, err)
		}
	}
}

// nested returns arrays in each other.
func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func FuzzParseProfile(f *testing.F) {
	for _, seed := range []string{``, `null`, `{"avatar": "x"}`, `"\ud800"`, "\"\xff\"", `[[]]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseProfile(text)
		if err != nil || got == nil {
			if err != nil && problem.NameOf(err) != problem.BadProfile {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseProfile(got)
		if err != nil || !bytes.Equal(again, got) || len(got) > LongestProfile || !utf8.Valid(got) || !json.Valid(got) {
			t.Errorf("%q became %q, and then %q, %v", text, got, again, err)
		}
	})
}

func profilesAreKept(t *testing.T, url string) {
	store := openSeeded(t, url)
	change := func(id string, edit Edit, wantVersion int64, wantProfile string) {
		t.Helper()
		user, _, err := store.Update(t.Context(), id, edit, nil)
		actorstest.Must(t, err)
		read, err := store.User(t.Context(), id)
		actorstest.Must(t, err)
		if user.Version != wantVersion || string(user.Profile) != wantProfile || !cmp.Equal(user, read) {
			t.Errorf("changed to %+v, read as %+v", user, read)
		}
	}
	profile := func(text string) *json.RawMessage { return new(json.RawMessage(text)) }
	const hard = `{"q":"O'Neill \\ ? ?0 %s \u0000 🦊","n":1.50}`
	change("2", Edit{Profile: profile("{ \"a\" : 1 }")}, 2, `{"a":1}`)
	change("2", Edit{Profile: profile(`{"a":1}`)}, 2, `{"a":1}`)
	change("2", Edit{}, 2, `{"a":1}`)
	change("2", Edit{Name: new("Maria")}, 3, `{"a":1}`)
	change("2", Edit{Name: new("Maria"), Profile: profile(hard)}, 4, hard)
	change("2", Edit{Profile: profile("null")}, 5, "")
	change("2", Edit{Profile: profile("")}, 5, "")
	if _, _, err := store.Update(t.Context(), "2", Edit{Name: new("Mary"), Profile: profile("{")}, nil); problem.NameOf(err) != problem.BadProfile {
		t.Errorf("a bad one: %v", err)
	}

	added, err := store.Add(t.Context(), "new", "Zoë", json.RawMessage(hard))
	actorstest.Must(t, err)
	if _, err := store.Add(t.Context(), "other", "Zoë", json.RawMessage("{")); problem.NameOf(err) != problem.BadProfile {
		t.Errorf("a bad one: %v", err)
	}
	want := []User{{ID: "2", Name: "Maria", Version: 5}, {ID: "new", Name: "Zoë", Profile: json.RawMessage(hard), Version: 1}}
	users, err := store.Users(t.Context(), []string{"new", "2"})
	actorstest.Must(t, err)
	if diff := cmp.Diff(want, users); diff != "" || !cmp.Equal(added, want[1]) {
		t.Errorf("added %+v; users (-want +got):\n%s", added, diff)
	}
	page, err := store.Page(t.Context(), "9", 10)
	actorstest.Must(t, err)
	if diff := cmp.Diff(want[1:], page); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	changes, err := store.ChangesAfter(t.Context(), 0, 10)
	actorstest.Must(t, err)
	if len(changes) != 4 {
		t.Errorf("changes: %+v", changes)
	}
}

func importTakesProfiles(t *testing.T, url string) {
	store := openSeeded(t, url)
	records := []Record{
		{1, "2", "Mary", json.RawMessage(`{ "a": 1 }`)},
		{2, "3", "Mike", nil},
		{3, "11", "Zoë", json.RawMessage(`[]`)},
		{4, "12", "Zoë", json.RawMessage(`{`)},
		{5, "4", "Frank", json.RawMessage(`null`)},
		{6, "5", "Steph", json.RawMessage(`"x"`)},
	}
	var refused []string
	refuse := func(line int, why error) {
		refused = append(refused, fmt.Sprint(line, " ", problem.NameOf(why), " ", strings.Contains(problem.MessageOf(why), "profile")))
	}
	done, err := store.Import(t.Context(), each(records, nil), false, refuse)
	actorstest.Must(t, err)
	slices.Sort(refused)
	if diff := cmp.Diff([]string{"1 user_exists true", "4 bad_profile true", "6 user_exists false"}, refused); diff != "" || done != (Imported{Added: 1, Unchanged: 2}) {
		t.Errorf("%+v, refused (-want +got):\n%s", done, diff)
	}
	done, err = store.Import(t.Context(), each(records, nil), true, refuse)
	actorstest.Must(t, err)
	if last := done.Last.Seq; done != (Imported{Renamed: 1, Changed: 1, Unchanged: 3, Last: done.Last}) || last != 2 {
		t.Errorf("changed %+v", done)
	}
	// Who says nothing of a profile leaves it.
	importAll(t, store, true, Record{Line: 1, ID: "2", Name: "Maria"}, Record{Line: 2, ID: "5", Name: "Steph", Profile: json.RawMessage("null")})
	users, err := store.Users(t.Context(), []string{"2", "3", "11", "12", "5"})
	actorstest.Must(t, err)
	want := []User{
		{ID: "11", Name: "Zoë", Profile: json.RawMessage("[]"), Version: 1}, {ID: "2", Name: "Maria", Profile: json.RawMessage(`{"a":1}`), Version: 3},
		{ID: "3", Name: "Mike", Version: 1}, {ID: "5", Name: "Steph", Version: 3},
	}
	if diff := cmp.Diff(want, users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}
