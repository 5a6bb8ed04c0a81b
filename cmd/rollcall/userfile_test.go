package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/problem"
)

// parsedFile is what was found in a file of users: "line id=name" and "line ! reason".
func parsedFile(name string, file io.Reader) (found []string, err error) {
	records, err := recordsIn(name, file, func(line int, why error) {
		found = append(found, fmt.Sprintf("%d ! %s", line, problem.MessageOf(why)))
	})
	if err != nil {
		return nil, err
	}
	for r, err := range records {
		if err != nil {
			return found, err
		}
		one := fmt.Sprintf("%d %s=%s", r.Line, r.ID, r.Name)
		if r.Profile != nil {
			one += fmt.Sprintf(" (%s)", r.Profile)
		}
		found = append(found, one)
	}
	return found, nil
}

func TestUserFiles(t *testing.T) {
	long := strings.Repeat("x", longestRecord)
	tests := []struct {
		what, name, text string
		want             []string // a refusal is only begun
		fails            string
	}{
		{"CSV", "a.csv", "1,John\n2,Mary\n", []string{"1 1=John", "2 2=Mary"}, ""},
		{"with a header", "a.csv", "id_user,name\n1,John\n", []string{"2 1=John"}, ""},
		{"with columns in another order, and more", "a.csv", "name,age,id_user\nJohn,7,1\n", []string{"2 1=John"}, ""},
		{"with profiles", "a.csv", "id_user,profile,name\n1,\"{\"\"a\"\": 1}\",John\n2,,Mary\n3,{,Mike\n", []string{`2 1=John ({"a": 1})`, "3 2=Mary ()", "4 3=Mike ({)"}, ""},
		{"a third field without a header", "a.csv", "1,John,{}\n", []string{"1 ! it has 3 fields, not 2"}, ""},
		{"of Windows", "a.csv", "\xef\xbb\xbfid_user,name\r\n1,John\r\n\r\n2,Mary", []string{"2 1=John", "4 2=Mary"}, ""},
		{"quoted", "a.csv", `"a,b","Ann ""the"" Smith"` + "\n", []string{`1 a,b=Ann "the" Smith`}, ""},
		{"a name of two lines is left to the store", "a.csv", "1,\"a\nb\"\n2,Mary\n", []string{"1 1=a\nb", "3 2=Mary"}, ""},
		{"spaces count", "a.csv", " 1, John\n", []string{"1  1= John"}, ""},
		{"too few and too many", "a.csv", "1\n2,Mary\n3,Mike,x\n,\n", []string{"1 ! it has 1 fields, not 2", "2 2=Mary", "3 ! it has 3 fields, not 2", "4 ="}, ""},
		{"fewer than the header", "a.csv", "id_user,name,age\n1,John\n", []string{"2 ! it has 2 fields, not 3"}, ""},
		{"semicolons", "a.csv", "1;John\n", []string{"1 ! it has 1 fields, not 2"}, ""},
		{"a quote in the wrong place", "a.csv", "1,Jo\"hn\n2,\"Ma\"ry\n3,Mike\n", []string{"1 ! it has a quote", "2 ! it has a quote", "3 3=Mike"}, ""},
		{"a quote that never closes", "a.csv", "1,John\n2,\"Mary\n3,Mike\n", []string{"1 1=John", "2 ! it has a quote too few, so that all until line 3 was left out"}, ""},
		{"a quote that never closes, and much behind it", "a.csv", "1,John\n2,\"Mary\n" + strings.Repeat("3,Mike\n", 50_000), []string{"1 1=John"}, "begins on line 2 has more than 65536 bytes"},
		{"a line too long", "a.csv", "1,John\n2," + long + long + "\n", []string{"1 1=John"}, "begins on line 2 has more than 65536 bytes"},
		{"a line too long, with a quote in it", "a.csv", "1,John\n2,\"a\"b" + long + long + "\n3,Mike\n", []string{"1 1=John", "2 ! it has a quote"}, "more than 65536 bytes"},
		{"a header of another file", "a.csv", "user,name\n1,John\n", nil, "line 1 looks like a header"},
		{"a header in capitals", "a.csv", "ID_USER,NAME\n1,John\n", nil, "line 1 looks like a header"},
		{"nothing", "a.csv", "", nil, ""},
		{"bytes are left to the store", "a.csv", "1,Ros\xe9\n", []string{"1 1=Ros\xe9"}, ""},
		{"UTF-16", "a.csv", "\xff\xfe1\x00,\x00", nil, "UTF-16"},
		{"JSON in CSV", "a.csv", `{"id_user":"1"` + "\n", []string{"1 ! it has a quote"}, ""},

		{"JSON lines", "a.jsonl", `{"id_user":"1","name":"John"}` + "\n\n" + `{"name":"Mary","id_user":"2","version":7}` + "\n", []string{"1 1=John", "3 2=Mary"}, ""},
		{"with profiles, as lines", "a.jsonl", `{"id_user":"1","name":"John","profile":{ "a": 1 }}` + "\n" + `{"id_user":"2","name":"Mary","profile":null}` + "\n", []string{`1 1=John ({ "a": 1 })`, "2 2=Mary (null)"}, ""},
		{"by their first byte", "-", "\xef\xbb\xbf\r\n " + `{"id_user":"1","name":"John"}` + "\r\n", []string{"2 1=John"}, ""},
		{"without the last line break", "a.ndjson", `{"id_user":"1","name":"John"}`, []string{"1 1=John"}, ""},
		{"what is none", "a.json", "x\n[]\n{}\n" + `{"id_user":1,"name":"John"}` + "\n" + `{"id_user":"1","name":"John"} x` + "\n" + `{"ID_USER":"1","name":"John"}`,
			[]string{"1 ! ", "2 ! it is no JSON object", `3 ! the field "id_user" is missing`, `4 ! the field "id_user" is missing, or no text`, "5 ! something follows it", `6 ! the field "id_user"`}, ""},
		{"no Unicode", "a.jsonl", "{\"id_user\":\"1\",\"name\":\"Ros\xe9\"}\n" + `{"id_user":"1","name":"\ud800"}` + "\n", []string{"1 ! it is not valid UTF-8", `2 ! the field "name" has half`}, ""},
		{"twice", "a.jsonl", `{"id_user":"1","name":"a","name":"b"}`, []string{`1 ! the field "name" is there twice`}, ""},
		{"an array", "a.json", "[\n{}]", nil, "jq -c"},
		{"an array by its first bytes", "-", " [ {}]", nil, "jq -c"},
		{"a line too long", "a.jsonl", `{"id_user":"1","name":"John"}` + "\n" + `{"id_user":"2","name":"` + long + `"}`, []string{"1 1=John"}, "begins on line 2 has more than"},
		{"CSV by its first byte", "-", "1,John\n", []string{"1 1=John"}, ""},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := parsedFile(test.name, iotest.OneByteReader(strings.NewReader(test.text)))
			if test.fails == "" && err != nil || test.fails != "" && (problem.CodeOf(err) != problem.Invalid || !strings.Contains(problem.MessageOf(err), test.fails)) {
				t.Errorf("error %v, want %q", err, test.fails)
			}
			for i, want := range test.want {
				if i < len(got) && strings.Contains(want, " ! ") && strings.HasPrefix(got[i], want) {
					got[i] = want
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUserFileThatCannotBeRead(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for _, name := range []string{"a.csv", "a.jsonl"} {
		file := io.MultiReader(strings.NewReader(strings.Repeat(" ", 5000)+"\n"), iotest.ErrReader(broken))
		if _, err := parsedFile(name, file); !errors.Is(err, broken) || problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := parsedFile(name, iotest.ErrReader(broken)); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever comes in, each record and each refusal has a line of the file, in order.
func FuzzUserFile(f *testing.F) {
	for _, seed := range []string{"id_user,name\n1,John\n", "1,\"a\n2,b\"\n", "{\"id_user\":\"1\",\"name\":\"John\"}\n", "\xef\xbb\xbf1,2\r\n", "\"", "a\"b,c"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, isCSV bool) {
		name := "a.jsonl"
		if isCSV {
			name = "a.csv"
		}
		var lines []int
		note := func(line int, why error) {
			if lines = append(lines, line); why != nil && problem.CodeOf(why) != problem.Invalid {
				t.Errorf("refused by %v", why)
			}
		}
		records, err := recordsIn(name, strings.NewReader(text), note)
		if err != nil {
			return
		}
		for r, err := range records {
			if err == nil {
				note(r.Line, nil)
			}
			if err == nil && (!strings.Contains(text, r.Name) && isCSV && !strings.ContainsAny(text, "\"\r")) {
				t.Errorf("%q has no %q", text, r.Name)
			}
		}
		if !slices.IsSorted(lines) || len(lines) > 0 && (lines[0] < 1 || lines[len(lines)-1] > 1+strings.Count(text, "\n")) {
			t.Errorf("%q: lines %v", text, lines)
		}
	})
}
