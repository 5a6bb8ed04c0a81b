package identity

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestParseName(t *testing.T) {
	tests := []struct {
		name, want, complaint string
	}{
		{name: "John", want: "John"},
		{name: " \t Mary Ann \n", want: "Mary Ann"},
		{name: "Zoë 🦊", want: "Zoë 🦊"},
		{name: strings.Repeat("é", 255), want: strings.Repeat("é", 255)},
		{name: strings.Repeat("é", 256), complaint: "255"},
		{name: "", complaint: "empty"},
		{name: " \u00a0 ", complaint: "empty"},
		{name: "a\nb", complaint: "control"},
		{name: "a\x00b", complaint: "control"},
		{name: "a\u0085b", complaint: "control"},
		{name: "a\xffb", complaint: "UTF-8"},
	}
	for _, test := range tests {
		got, err := ParseName(test.name)
		switch {
		case test.complaint == "" && (err != nil || got != test.want):
			t.Errorf("ParseName(%q) = %q, %v, want %q", test.name, got, err, test.want)
		case test.complaint != "" && (problem.CodeOf(err) != problem.Invalid || !strings.Contains(problem.MessageOf(err), test.complaint)):
			t.Errorf("ParseName(%q) = %q, %v, want a complaint about %q", test.name, got, err, test.complaint)
		}
	}
}
