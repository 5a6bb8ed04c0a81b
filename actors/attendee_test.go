package actors

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestUserIDs(t *testing.T) {
	good := map[string]int64{"1": 1, "10": 10, "9223372036854775807": 9223372036854775807, "007": 7}
	for text, want := range good {
		if got, err := ParseUser(text); got != want || err != nil {
			t.Errorf("%q became %d, %v", text, got, err)
		}
	}
	bad := []string{"", "0", "-1", "1.0", "1e3", "0x1", "one", " 1", "1 ", "9223372036854775808", "1_000", "١", strings.Repeat("9", 5000), "\xff\xfe"}
	for _, text := range bad {
		_, err := ParseUser(text)
		if problem.CodeOf(err) != problem.Invalid || len(err.Error()) > 300 {
			t.Errorf("%.50q: %v", text, err)
		}
	}
}

func TestAcknowledgementSaysWhatWentWrong(t *testing.T) {
	for failure, want := range map[string]string{
		"":                 `{"ok":true}`,
		`a "b" <c>` + "\n": `{"ok":false,"error":"a \"b\" <c>\n"}`,
	} {
		if got := string(acknowledgement(failure)); got != want || !json.Valid([]byte(got)) {
			t.Errorf("%q: got %s, want %s", failure, got, want)
		}
	}
}
