package socket

import (
	"encoding/json"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestAcknowledgementSaysWhatWentWrong(t *testing.T) {
	for _, test := range []struct {
		failure error
		want    string
	}{
		{nil, `{"ok":true}`},
		{problem.New(problem.Invalid, "a \"b\" <c>\n"), `{"ok":false,"error":"a \"b\" <c>\n","code":"invalid"}`},
		{problem.New(problem.NotFound, "You are not in the room Maths: join it first").Named(problem.NotInRoom), `{"ok":false,"error":"You are not in the room Maths: join it first","code":"not_in_room"}`},
	} {
		if got := string(Acknowledgement(test.failure)); got != test.want || !json.Valid([]byte(got)) {
			t.Errorf("%v: got %s, want %s", test.failure, got, test.want)
		}
	}
}
