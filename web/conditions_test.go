package web

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

// matched returns the versions from 0 to 4 that a header names, or "bad".
func matched(t *testing.T, lines ...string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodPut, "/users/1", nil)
	r.Header["If-Match"] = lines
	when, err := condition(r)
	switch {
	case err != nil && (problem.CodeOf(err) != problem.Invalid || !strings.Contains(problem.MessageOf(err), "If-Match")):
		t.Errorf("%q: %v", lines, err)
		fallthrough
	case err != nil:
		return "bad"
	case when == nil:
		return "unconditional"
	}
	list := ""
	for version := range int64(5) {
		if when(version) {
			list += strconv.FormatInt(version, 10)
		}
	}
	return list
}

func TestIfMatch(t *testing.T) {
	if got := matched(t); got != "unconditional" {
		t.Errorf("without the header: %s", got)
	}
	tests := []struct{ header, want string }{
		{"*", "01234"},
		{" * ", "01234"},
		{`"3"`, "3"},
		{`"0"`, "0"},
		{etag(2), "2"},
		{`W/"3"`, "3"}, // what nginx makes of it when it compresses
		{`"3", "4"`, "34"},
		{`"3","4"`, "34"},
		{"\t\"1\" ,\tW/\"2\" , , \"x\",", "12"},
		{`, "1"`, "1"},
		{`"9223372036854775808"`, ""},
		{`"x"`, ""},
		{`""`, ""},
		{`"03"`, ""},
		{`"+3"`, ""},
		{`"3,4"`, ""},
		{`"3-gzip"`, ""},
		{"\"\u00e9\"", ""},

		{"", "bad"},
		{" ", "bad"},
		{",", "bad"},
		{"3", "bad"},
		{`"3`, "bad"},
		{`3"`, "bad"},
		{`"`, "bad"},
		{`'3'`, "bad"},
		{`" 3"`, "bad"},
		{"\"3\t\"", "bad"},
		{"\"3\x7f\"", "bad"},
		{`"3""4"`, "bad"},
		{`"3" "4"`, "bad"},
		{`"3";"4"`, "bad"},
		{`"3", 4`, "bad"},
		{`w/"3"`, "bad"},
		{`W/3`, "bad"},
		{`W/ "3"`, "bad"},
		{`W/W/"3"`, "bad"},
		{`W/`, "bad"},
		{`*, "3"`, "bad"},
		{`"3", *`, "bad"},
		{`**`, "bad"},
	}
	for _, test := range tests {
		if got := matched(t, test.header); got != test.want {
			t.Errorf("%s: %q, want %q", test.header, got, test.want)
		}
	}
	if got := matched(t, `"1"`, `W/"3"`); got != "13" {
		t.Errorf("two lines: %q", got)
	}
}

func TestIfMatchBesideIfNoneMatch(t *testing.T) {
	r := httptest.NewRequest(http.MethodPut, "/users/1", nil)
	r.Header.Set("If-Match", `"1", "2"`)
	r.Header.Set("If-None-Match", `W/"2"`)
	when, err := condition(r)
	if err != nil || !when(1) || when(2) || when(3) {
		t.Errorf("%v", err)
	}
	r.Header.Set("If-None-Match", `2`)
	if _, err := condition(r); !strings.Contains(problem.MessageOf(err), "If-None-Match") {
		t.Errorf("%v", err)
	}
}

func FuzzTags(f *testing.F) {
	for _, seed := range []string{"*", `"1"`, `W/"1", "2"`, `,"",`, `"a,b"`, "\"\xff\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseTags(text)
		switch {
		case !ok:
			return
		case got.any:
			if strings.Trim(text, " \t") != "*" {
				t.Errorf("%q is taken for any", text)
			}
			return
		case len(got.opaque) == 0:
			t.Errorf("%q has no tags", text)
		}
		// What was understood, written as it should be, is the same.
		again, ok := parseTags(`"` + strings.Join(got.opaque, `", W/"`) + `"`)
		if !ok || strings.Join(again.opaque, `"`) != strings.Join(got.opaque, `"`) {
			t.Errorf("%q: %q became %v", text, got.opaque, again)
		}
		if strings.Count(text, `"`) != 2*len(got.opaque) {
			t.Errorf("%q has not the tags %q", text, got.opaque)
		}
	})
}

func TestUnchangedUserIsNotSentAgain(t *testing.T) {
	s := newSite(t)
	for header, want := range map[string]int{
		`"1"`: 304, `W/"1"`: 304, `"3", "1"`: 304, `*`: 304, `"2"`: 200, `1`: 200, ``: 200,
	} {
		got := s.get("/users/1", "If-None-Match", header)
		if got.status != want || got.header.Get("ETag") != `"1"` || (got.body == "") != (want == 304) {
			t.Errorf("%s: %d %q", header, got.status, got.body)
		}
	}
	if got := s.get("/users/99", "If-None-Match", "*"); got.status != 404 {
		t.Errorf("nobody: %d", got.status)
	}
}
