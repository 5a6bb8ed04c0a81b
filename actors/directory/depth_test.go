package directory

import "testing"

func TestP99(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	for _, test := range []struct {
		numbers []int
		want    int
	}{{nil, 0}, {[]int{7}, 7}, {[]int{9, 1}, 9}, {hundred, 99}} {
		if got := P99(test.numbers); got != test.want {
			t.Errorf("of %d: %d, want %d", len(test.numbers), got, test.want)
		}
	}
}
