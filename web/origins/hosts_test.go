package origins

import "testing"

func TestWhatIsNoNameOfAHost(t *testing.T) {
	for _, text := range []string{"", "https://example.org", "example.org:5009", "a/b", "*.", "a.*", "*a.org", "exämple.org", "a b"} {
		if _, err := NewHosts([]string{text}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	h, err := NewHosts([]string{" Example.org ", "*"})
	if err != nil || !h.Admits("anything") {
		t.Errorf("any name: %v", err)
	}
}
