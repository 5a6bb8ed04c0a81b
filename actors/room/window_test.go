package room

import "testing"

func TestWindowIsFullByMessagesOrBytes(t *testing.T) {
	tests := []struct {
		name     string
		size     int
		fits     int // messages after which it is full
		reopened int // taken until it opens
	}{
		{"small", 10, WindowMessages, 1},
		{"a quarter", windowBytes / 4, 4, 1},
		{"larger than it", 2 * windowBytes, 1, 1},
		{"nothing in them", 0, WindowMessages, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opened := 0
			w := &Window{open: func() { opened++ }}
			for i := 1; i < test.fits; i++ {
				if w.Add(test.size) {
					t.Fatalf("full after %d", i)
				}
			}
			if !w.Add(test.size) {
				t.Fatalf("not full after %d", test.fits)
			}
			for range test.reopened {
				w.took(test.size)
			}
			if opened != 1 {
				t.Errorf("opened %d times", opened)
			}
			for range test.fits - test.reopened {
				w.took(test.size)
			}
			if opened != 1 || w.messages != 0 || w.bytes != 0 {
				t.Errorf("opened %d times, and has %d messages of %d bytes", opened, w.messages, w.bytes)
			}
		})
	}
}
