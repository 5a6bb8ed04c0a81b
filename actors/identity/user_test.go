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
		{name: "a\u2028b", complaint: "line breaks"},
		{name: "a\u2029b", complaint: "line breaks"},

		// People must see something.
		{name: "\u200b", complaint: "people can see"},
		{name: "\u2800", complaint: "people can see"},
		{name: "\u3164", complaint: "people can see"},
		{name: "\u115f\u1160\uffa0", complaint: "people can see"},
		{name: "\u200d\u200c\ufeff\u2060\u00ad\u061c", complaint: "people can see"},
		{name: "\u200e\u200f", complaint: "people can see"},
		{name: "\ufe0f\U000e0101\u180b", complaint: "people can see"},
		{name: "\u0301\u20dd\u0903", complaint: "people can see"},
		{name: "\u034f\u17b4", complaint: "people can see"},
		{name: "\U0001d159\U00013441\U00013442", complaint: "people can see"},
		{name: "\U000e0041\U000e007f", complaint: "people can see"},
		{name: "\ue000", complaint: "people can see"},
		{name: "\u200b\u00a0\u2003\u2800", complaint: "people can see"},
		{name: ".", want: "."},
		{name: "\u3164x", want: "\u3164x"},
		{name: "e\u0301", want: "e\u0301"},
		{name: "👩\u200d🔬", want: "👩\u200d🔬"},
		{name: "❤\ufe0f", want: "❤\ufe0f"},
		{name: "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", want: "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"},
		{name: "می\u200cخواهم", want: "می\u200cخواهم"},
		{name: "\u200fשלום\u200e", want: "\u200fשלום\u200e"},
		{name: "क्\u200dष", want: "क्\u200dष"},
		{name: "王", want: "王"},
		{name: "🇨🇭", want: "🇨🇭"},

		// And what they see is what is written.
		{name: "gpj.\u202eexe", complaint: "direction"},
		{name: "a\u202ab\u202c", complaint: "direction"},
		{name: "\u2066a\u2069", complaint: "direction"},
	}
	for _, test := range tests {
		got, err := ParseName(test.name)
		switch {
		case test.complaint == "" && (err != nil || got != test.want):
			t.Errorf("ParseName(%q) = %q, %v, want %q", test.name, got, err, test.want)
		case test.complaint != "" && (problem.NameOf(err) != problem.BadName || !strings.Contains(problem.MessageOf(err), test.complaint)):
			t.Errorf("ParseName(%q) = %q, %v, want a complaint about %q", test.name, got, err, test.complaint)
		}
	}
}
