package web

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/protos/problem"
)

// Who asks for many users waits for the memory that takes, and is sent away in the end; who
// asks for a few does not.
func TestManyUsersWaitForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Config: Config{Answers: quota.NewBudget(10*longestUser, 0)}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/users", nil)
		if err != nil {
			t.Fatal(err)
		}
		first, second, third := s.holding(r), s.holding(r), s.holding(r)
		if err := first.take(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		if err := second.take(t.Context(), fewUsersHeld); err != nil {
			t.Errorf("few: %v", err)
		}
		if err := third.take(t.Context(), 5); problem.NameOf(err) != problem.Overloaded {
			t.Errorf("many: %v", err)
		}
		third.letGo()
		if text := first.encoded("short"); string(text) != "\"short\"\n" {
			t.Errorf("%q", text)
		}
		if err := third.take(t.Context(), 5); err != nil {
			t.Errorf("many, once the others are read: %v", err)
		}
		first.letGo()
		third.letGo()
		if n := s.Answers.Used(); n != 0 {
			t.Errorf("%d bytes are held in the end", n)
		}
	})
}
