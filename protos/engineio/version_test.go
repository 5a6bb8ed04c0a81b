package engineio

import (
	"errors"
	"testing"
)

func TestOnlyVersionsThreeAndFourExist(t *testing.T) {
	for s, want := range map[string]Version{"3": V3, "4": V4} {
		if got, err := ParseVersion(s); got != want || err != nil {
			t.Errorf("ParseVersion(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "2", "5", "03", "4 ", "4.0", "+4", "4,4", "٤", "null"} {
		if got, err := ParseVersion(s); !errors.Is(err, UnsupportedVersion) {
			t.Errorf("ParseVersion(%q) = %v, %v; want %v", s, got, err, UnsupportedVersion)
		}
	}
}
