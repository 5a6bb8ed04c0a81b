package httpserver

import "testing"

func TestTakesGzip(t *testing.T) {
	tests := []struct {
		header string
		want   bool
	}{
		{"", false},
		{"gzip", true},
		{"GZip", true},
		{"gzip, deflate, br, zstd", true},
		{"deflate, gzip", true},
		{"deflate,gzip;q=1.0,*;q=0.5", true},
		{" gzip ; q=0.001 ", true},
		{"gzip;q=0", false},
		{"gzip; q=0.000", false},
		{"gzip;Q=0", false},
		{"gzip;q=", false},
		{"gzip;q=nonsense", false},
		{"gzip;q=NaN", false},
		{"deflate, br", false},
		{"identity", false},
		{"gzipped", false},
		{"x;gzip", false},
		{",,", false},
	}
	for _, test := range tests {
		if got := TakesGzip(test.header); got != test.want {
			t.Errorf("%q: %v", test.header, got)
		}
	}
}
