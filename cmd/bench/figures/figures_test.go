package figures

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		in   []float64
		want float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 2, 9}, 3},
	} {
		before := slices.Clone(test.in)
		if got := Median(test.in); got != test.want {
			t.Errorf("%v: %v", test.in, got)
		}
		if !slices.Equal(before, test.in) {
			t.Errorf("%v became %v", before, test.in)
		}
	}
	if got := Median(nil); !math.IsNaN(got) {
		t.Errorf("of nothing: %v", got)
	}
}

func TestQuantile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, test := range []struct {
		in   []time.Duration
		q    float64
		want time.Duration
	}{
		{nil, 0.5, 0},
		{hundred[:1], 0.99, 1},
		{hundred[:2], 0.5, 1},
		{hundred[:3], 0.5, 2},
		{hundred, 0, 1},
		{hundred, 0.5, 50},
		{hundred, 0.99, 99},
		{hundred, 1, 100},
	} {
		if got := Quantile(test.in, test.q); got != test.want {
			t.Errorf("%v of %d: %d, want %d", test.q, len(test.in), got, test.want)
		}
	}
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	got := Ratios([]float64{10, 30, 5}, []float64{20, 10})
	if want := []float64{0.5, 3}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTargets(t *testing.T) {
	least, most := Target{Ratio: 0.5}, Target{Ratio: 1.6, AtMost: true}
	for _, test := range []struct {
		target Target
		ratio  float64
		met    bool
	}{{least, 0.49, false}, {least, 0.5, true}, {least, 2, true}, {most, 1.61, false}, {most, 1.6, true}, {most, 0.1, true}} {
		if got := test.target.met(test.ratio); got != test.met {
			t.Errorf("%v with %v: %v", test.target, test.ratio, got)
		}
	}
}

func TestNumbersHaveThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.000", 0.0726: "0.073", 1.2345: "1.23", 12.345: "12.3", 123.45: "123",
		1234.5: "1,234", 1234567: "1,234,567", 100000: "100,000", -1234: "-1,234", -123: "-123", math.Inf(1): "?",
	} {
		if got := number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	var out strings.Builder
	err := Print(&out, []Row{
		{What: "rolls", Unit: "1/s", Ours: []float64{20, 30, 25}, Yardstick: []float64{100, 100, 50}, Target: Target{Ratio: 0.2}},
		{What: "memory", Unit: "bytes", Ours: []float64{2000}, Yardstick: []float64{1000}, Target: Target{Ratio: 1.6, AtMost: true}},
		{What: "p50", Unit: "µs", Ours: []float64{2}, Yardstick: []float64{1}},
		{What: "alone", Unit: "1/s", Ours: []float64{7}},
	})
	const want = `
               Rollcall  yardstick  ratio       (rounds)   target
rolls   1/s        25.0        100  0.30×  (0.20×–0.50×)  ≥ 0.20×  met
memory  bytes     2,000      1,000  2.00×  (2.00×–2.00×)  ≤ 1.60×  missed
p50     µs         2.00       1.00  2.00×  (2.00×–2.00×)
alone   1/s        7.00
`
	if got := "\n" + out.String(); err != nil || got != want {
		t.Errorf("%v\n%s\nwant:\n%s", err, got, want)
	}
}
