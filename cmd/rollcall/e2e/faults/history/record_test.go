package history

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model is a room that does what is promised, and is recorded.
type model struct {
	*Recorder
	here []*Stay
	seq  uint64
	ids  int
}

func (m *model) join(node string, user string) {
	stay := m.Try("R", user)
	m.ids++
	m.Name(stay, strconv.Itoa(m.ids))
	m.announce(Connected, stay)
	m.Join(stay, node, Position{Epoch: 1, Seq: m.seq})
	m.here = append(m.here, stay)
}

func (m *model) leave(i int) {
	stay := m.here[i]
	m.Leave(stay)
	m.here = slices.Delete(m.here, i, i+1)
	m.announce(Disconnected, stay)
	m.End(stay, m.Now())
}

func (m *model) announce(kind Kind, about *Stay) {
	m.seq++
	for _, s := range m.here {
		m.Hear(s, Event{Kind: kind, Socket: about.Socket, User: about.User, Position: Position{Epoch: 1, Seq: m.seq}})
	}
}

func (m *model) ask() {
	users := make(map[string]string)
	for _, s := range m.here {
		users[s.Socket] = s.User
	}
	begun := m.Now()
	m.Answer(Roll{Node: "n1", Room: "R", Begun: begun, Ended: m.Now(), Complete: true, Users: users})
}

// Whatever happens in a room that keeps the rules, the checker has nothing to say;
// and one lie of any kind is found out.
func TestWhatKeepsTheRulesIsRightAndALieIsNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{Recorder: NewRecorder(time.Minute, 0)}
		m.join("n1", "1")
		m.join("n2", "2")
		t.Repeat(map[string]func(*rapid.T){
			"join": func(t *rapid.T) {
				m.join(rapid.SampledFrom([]string{"n1", "n2"}).Draw(t, "node"), strconv.Itoa(len(m.here)))
			},
			"leave": func(t *rapid.T) {
				if len(m.here) > 2 {
					m.leave(rapid.IntRange(2, len(m.here)-1).Draw(t, "who"))
				}
			},
			"ask":  func(*rapid.T) { m.ask() },
			"turn": func(t *rapid.T) { mustBeRight(t, m.Turn()) },
		})
		m.join("n2", "9")
		m.leave(len(m.here) - 1)
		m.ask()
		mustBeRight(t, m.Snapshot())

		h := m.Snapshot()
		last := &h.Rolls[len(h.Rolls)-1]
		a := h.Stays[0]
		lie := rapid.SampledFrom([]Rule{Absent, Gone, WrongUser, Unknown, Repeated, Unaware}).Draw(t, "lie")
		switch lie {
		case Absent:
			delete(last.Users, "2")
		case Gone:
			last.Users[strconv.Itoa(m.ids)] = "9"
		case WrongUser:
			last.Users["1"] = "77"
		case Unknown:
			last.Users["nobody"] = "1"
		case Repeated:
			a.Events = append(a.Events, a.Events[len(a.Events)-1])
		case Unaware:
			a.Events = a.Events[:len(a.Events)-1]
		}
		if v := Check(h); !v.Has(lie) {
			t.Fatalf("the lie %s was not found out: %v", lie, v.Wrong)
		}
	})
}

func mustBeRight(t *rapid.T, h *History) {
	if v := Check(h); len(v.Wrong) > 0 {
		t.Fatalf("wrong: %v", v.Wrong)
	}
}
