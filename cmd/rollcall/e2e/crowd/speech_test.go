//go:build unix

package crowd

import "testing"

func TestAnswersAreRead(t *testing.T) {
	tests := []struct {
		text string
		want answer
		ok   bool
	}{
		{`7[{"ok":true}]`, answer{7, ""}, true},
		{`12[{"ok":false,"error":"slow down","code":"rate_limited"}]`, answer{12, "rate_limited"}, true},
		{`12[{"ok":false}]`, answer{12, "without a code"}, true},
		{`[{"ok":true}]`, answer{}, false},
		{`7`, answer{}, false},
		{`7[`, answer{}, false},
	}
	for _, test := range tests {
		if got, ok := readAnswer([]byte(test.text)); ok != test.ok || ok && got != test.want {
			t.Errorf("%s: %+v, %v", test.text, got, ok)
		}
	}
}
