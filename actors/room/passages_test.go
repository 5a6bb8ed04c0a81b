package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos/problem"
)

// peers returns members node-2, node-3, …, each in its first life.
func peers(n int) []membership.Member {
	members := make([]membership.Member, n)
	for i := range members {
		name := fmt.Sprint("node-", i+2)
		members[i] = membership.Member{Name: name, System: "life of " + name, Address: "address of " + name}
	}
	return members
}

func named(name string) func(membership.Member) bool {
	return func(m membership.Member) bool { return m.Name == name }
}

// said is a message under way and what its sender is answered.
type said struct {
	number  uint64
	answers []string
}

func say(t *testing.T, p *passages, members []membership.Member) *said {
	t.Helper()
	s := &said{}
	q := p.add(time.Unix(0, 0), 100, members, func(failure error) {
		text := ""
		if failure != nil {
			text = problem.MessageOf(failure)
		}
		s.answers = append(s.answers, text)
	}, nil)
	if q == nil || !q.confirm {
		t.Fatalf("%+v", q)
	}
	s.number = q.number
	return s
}

func TestSenderIsAnsweredOnce(t *testing.T) {
	one, two := peers(2)[0], peers(2)[1]
	took := func(m membership.Member) func(*passages, uint64) {
		return func(p *passages, n uint64) { p.confirmed(m.Name, m.System, n) }
	}
	due := func(p *passages, n uint64) { p.due(n) }
	lost := func(m membership.Member) func(*passages, uint64) {
		return func(p *passages, _ uint64) { p.lose(named(m.Name)) }
	}
	left := func(p *passages, _ uint64) { p.forget(&membership.View{Members: []membership.Member{two}}) }
	end := func(p *passages, _ uint64) { p.end() }
	tests := map[string]struct {
		happens []func(*passages, uint64)
		want    string // "waits": not answered
		under   int
	}{
		"nothing":                   {nil, "waits", 1},
		"one confirms":              {[]func(*passages, uint64){took(one)}, "waits", 1},
		"one confirms twice":        {[]func(*passages, uint64){took(one), took(one)}, "waits", 1},
		"all confirm":               {[]func(*passages, uint64){took(one), took(two)}, "", 0},
		"all confirm, then it ends": {[]func(*passages, uint64){took(two), took(one), due, end}, "", 0},
		"none in time":              {[]func(*passages, uint64){due}, "node-2, node-3 did not confirm", 1},
		"one in time, one late":     {[]func(*passages, uint64){took(one), due, took(two)}, "node-3 did not confirm", 0},
		"a link breaks":             {[]func(*passages, uint64){lost(two), took(one)}, "node-3 did not confirm", 0},
		"a link breaks afterwards":  {[]func(*passages, uint64){took(two), lost(two), took(one)}, "", 0},
		"a node leaves":             {[]func(*passages, uint64){left, took(two)}, "", 0},
		"the roster ends":           {[]func(*passages, uint64){took(one), end}, "node-3 did not confirm", 0},
		"another life confirms": {[]func(*passages, uint64){took(one), func(p *passages, n uint64) {
			p.confirmed(two.Name, "another", n)
		}}, "waits", 1},
		"another message is confirmed": {[]func(*passages, uint64){took(one), func(p *passages, n uint64) {
			p.confirmed(two.Name, two.System, n+1)
		}}, "waits", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := passages{budget: &Budget{Limit: MostUnderway}}
			s := say(t, &p, peers(2))
			for _, happens := range test.happens {
				happens(&p, s.number)
			}
			want := []string{test.want}
			if test.want == "waits" {
				want = nil
			}
			if !slices.Equal(s.answers, want) || len(p.under) != test.under {
				t.Errorf("answered %q, %d under way; want %q, %d", s.answers, len(p.under), want, test.under)
			}
			if got := p.budget.used.Load(); got != int64(100*test.under) || p.bytes != 100*test.under {
				t.Errorf("%d bytes of the node, %d of the roster are under way", got, p.bytes)
			}
		})
	}
}

// Nobody asked for an answer: the nodes are asked to confirm some all the same, and
// what they say of one holds for those before it.
func TestMessagesWithoutAnAnswerAreBoundedToo(t *testing.T) {
	p := passages{budget: &Budget{Limit: MostUnderway}}
	members := peers(1)
	asked := 0
	for i := range MostPassages {
		q := p.add(time.Unix(0, 0), 1, members, nil, nil)
		if q == nil {
			t.Fatalf("message %d has to wait", i)
		}
		if q.confirm {
			asked++
		}
	}
	if asked < 2 || asked > 2*UnaskedPart {
		t.Errorf("%d of %d are to be confirmed", asked, MostPassages)
	}
	if q := p.add(time.Unix(0, 0), 1, members, nil, nil); q != nil {
		t.Errorf("one more: %+v", q)
	}
	p.confirmed(members[0].Name, members[0].System, 1)
	if len(p.under) != MostPassages-1 {
		t.Errorf("%d under way after the first was confirmed", len(p.under))
	}
	for _, q := range slices.Clone(p.under) {
		if q.confirm {
			p.confirmed(members[0].Name, members[0].System, q.number)
		}
	}
	if left := len(p.under); left >= MostPassages/UnaskedPart {
		t.Errorf("%d still under way", left)
	}
	if q := p.add(time.Unix(0, 0), 1, members, nil, nil); q == nil || !q.confirm {
		t.Errorf("the next one: %+v", q)
	}
}

func TestBytesUnderWayAreBounded(t *testing.T) {
	shared := &Budget{Limit: MostUnderway}
	const size = 256 << 10
	total := 0
	for range 2 * MostUnderway / mostPassageBytes { // rosters
		p := passages{budget: shared}
		taken := 0
		for {
			if p.add(time.Unix(0, 0), size, peers(1), nil, func() {}) == nil {
				break
			}
			taken += size
		}
		if taken > mostPassageBytes {
			t.Errorf("a roster has %d bytes under way", taken)
		}
		total += taken
	}
	if total != MostUnderway || shared.used.Load() != MostUnderway {
		t.Errorf("%d bytes are under way, counted %d", total, shared.used.Load())
	}
}

// Who finds the node's budget used up is told, once, when some of it is given back.
func TestRosterIsToldOfRoomInTheBudget(t *testing.T) {
	shared := &Budget{Limit: 100}
	one, other := passages{budget: shared}, passages{budget: shared}
	members := peers(1)
	q := one.add(time.Unix(0, 0), 80, members, nil, nil)
	retries := 0
	for range 3 {
		if other.add(time.Unix(0, 0), 40, members, nil, func() { retries++ }) != nil {
			t.Fatal("beyond the budget")
		}
	}
	one.confirmed(members[0].Name, members[0].System, q.number)
	if retries != 1 {
		t.Errorf("told %d times", retries)
	}
	other.retried()
	if other.add(time.Unix(0, 0), 40, members, nil, func() { retries++ }) == nil {
		t.Error("there is room")
	}
	other.end()
	if retries != 1 || shared.used.Load() != 0 {
		t.Errorf("told %d times, %d bytes under way", retries, shared.used.Load())
	}
}

func TestWhatIsNeverHeardOfIsForgotten(t *testing.T) {
	p := passages{budget: &Budget{Limit: MostUnderway}}
	began := time.Unix(0, 0)
	answered := false
	for _, answer := range []func(error){nil, func(error) { answered = true }} {
		if p.add(began, 1, peers(1), answer, nil) == nil {
			t.Fatal("has to wait")
		}
	}
	p.expire(began.Add(passageLife - 1))
	if len(p.under) != 2 {
		t.Errorf("%d under way too early", len(p.under))
	}
	p.expire(began.Add(passageLife))
	if len(p.under) != 1 || answered {
		t.Errorf("%d under way, answered %v: somebody waits for the second", len(p.under), answered)
	}
	p.due(2)
	p.expire(began.Add(passageLife))
	if len(p.under) != 0 || !answered {
		t.Errorf("%d under way, answered %v", len(p.under), answered)
	}
}

// Whatever happens in whatever order: nobody is answered twice, the counts are
// those of what is under way, and the bounds hold.
func TestPassagesKeepTheirCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := passages{budget: &Budget{Limit: 3000}}
		members := peers(3)
		now := time.Unix(0, 0)
		answers := map[uint64]int{}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			m := rapid.SampledFrom(members).Draw(t, "member")
			switch rapid.SampledFrom([]string{"say", "say", "tell", "confirm", "confirm", "lose", "due", "expire"}).Draw(t, "step") {
			case "say":
				n := p.last + 1
				p.add(now, rapid.IntRange(1, 400).Draw(t, "size"), members, func(error) { answers[n]++ }, func() {})
			case "tell":
				p.add(now, rapid.IntRange(1, 400).Draw(t, "size"), members, nil, func() {})
			case "confirm":
				p.confirmed(m.Name, m.System, rapid.Uint64Range(0, p.last).Draw(t, "number"))
			case "lose":
				p.lose(named(m.Name))
			case "due":
				p.due(rapid.Uint64Range(0, p.last).Draw(t, "number"))
			case "expire":
				now = now.Add(passageLife / 2)
				p.expire(now)
			}
			bytes, asked := 0, 0
			for _, q := range p.under {
				bytes += q.size
				if q.confirm {
					asked++
				}
			}
			if bytes != p.bytes || int64(bytes) != p.budget.used.Load() || asked != p.asked || bytes > 3000 {
				t.Fatalf("%d bytes, %d asked are under way; counted %d, %d, %d", bytes, asked, p.bytes, p.budget.used.Load(), p.asked)
			}
		}
		p.end()
		if p.budget.used.Load() != 0 || len(p.under) != 0 {
			t.Fatalf("%d are under way after the end", len(p.under))
		}
		for n, times := range answers {
			if times != 1 {
				t.Fatalf("message %d was answered %d times", n, times)
			}
		}
	})
}
