package history

import (
	"slices"
	"testing"
)

func TestMessages(t *testing.T) {
	said := func(at Moment, n int) Event { return Event{At: at, Kind: Said, Socket: "b", Number: n} }
	gap := func(at Moment, count int) Event { return Event{At: at, Kind: Lost, Number: count} }
	saying := func(n int, begun, answered Moment, refusal string) *Saying {
		return &Saying{Socket: "b", Room: "R", Number: n, Begun: begun, Answered: answered, Refusal: refusal}
	}
	one := saying(1, 2*s, 3*s, "")
	tests := []struct {
		name    string
		events  []Event // that a is told, to whom b speaks
		sayings []*Saying
		outages []Outage
		want    []Rule
	}{
		{"told", []Event{said(2*s, 1)}, []*Saying{one}, nil, nil},
		{"told twice", []Event{said(2*s, 1), said(2*s, 1)}, []*Saying{one}, nil, []Rule{Repeated}},
		{"out of order", []Event{said(2*s, 2), said(2*s, 1)}, []*Saying{one, saying(2, 2*s, 3*s, "")}, nil, []Rule{Disordered}},
		{"not told", nil, []*Saying{one}, nil, []Rule{Missed}},
		{"not told, and refused", nil, []*Saying{saying(1, 2*s, 3*s, "rate_limited")}, nil, nil},
		{"not told, and not confirmed", nil, []*Saying{saying(1, 2*s, 3*s, "not_confirmed")}, nil, nil},
		{"not told by a node that was frozen", nil, []*Saying{one}, []Outage{{Node: "n1", From: 2 * s, Full: 2 * s, Until: 4 * s, Over: 4 * s}}, nil},
		{"said before a came", nil, []*Saying{saying(1, s/2, 3*s, "")}, nil, nil},
		{"dropped, and told so", []Event{gap(3*s, 1), said(3*s, 2)}, []*Saying{one, saying(2, 2*s, 3*s, "")}, nil, nil},
		{"more dropped than told so", []Event{gap(3*s, 1), said(3*s, 3)}, []*Saying{one, saying(2, 2*s, 3*s, ""), saying(3, 2*s, 3*s, "")}, nil, []Rule{Missed}},
		{"no answer", []Event{said(2*s, 1)}, []*Saying{saying(1, 2*s, Never, "")}, nil, []Rule{Ignored}},
		{"no answer of a node that was frozen", nil, []*Saying{saying(1, 2*s, Never, "")}, []Outage{{Node: "n2", From: 2 * s, Full: 2 * s, Until: 4 * s, Over: 4 * s}}, nil},
	}
	for _, test := range tests {
		h := &History{
			Stays:   []*Stay{told(staying("a", "n1", "1", s), test.events...), staying("b", "n2", "2", s)},
			Outages: test.outages, Sayings: test.sayings, Broke: Never, Mended: Never, Begun: 2 * s, End: 10 * s,
		}
		if got := rules(Check(h)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestAnswersToMessagesAreCounted(t *testing.T) {
	var all, one Told
	one.Sent, one.Confirmed, one.Unconfirmed, one.Dropped = 4, 1, 1, 3
	one.refuse("rate_limited", 2)
	all.join(one)
	all.join(one)
	if all.Sent != 8 || all.Confirmed != 2 || all.Unconfirmed != 2 || all.Dropped != 6 || all.Refused["rate_limited"] != 4 {
		t.Errorf("%+v", all)
	}
}
