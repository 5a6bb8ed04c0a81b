package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/visitors"
)

const (
	// longestUser is how many bytes what is read of a user has, at most.
	longestUser = identity.LongestProfile + 4*identity.LongestName + identity.LongestID + 64

	// fewUsersHeld are not counted: requests are bounded in number.
	fewUsersHeld = 3

	// holdPatience is how long a request waits for others to be done.
	holdPatience = 5 * time.Second
)

// holding is what a request holds of users, from before they are read until its client has
// taken the answer. It is to be let go.
type holding struct {
	budget *quota.Budget
	site   string
	keep   func(bytes int) // nil while nothing is held
}

func (s *Server) holding(r *http.Request) *holding {
	return &holding{budget: s.Answers, site: visitors.SiteOf(r.RemoteAddr).String()}
}

// take is called before so many users are read. It may wait; the error is
// [problem.Unavailable].
func (h *holding) take(ctx context.Context, users int) (err error) {
	if users <= fewUsersHeld {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, holdPatience)
	defer cancel()
	if h.keep, err = h.budget.TakeUpTo(ctx, h.site, users*longestUser); err != nil {
		return problem.New(problem.Unavailable, "So much is being answered about users that this has to wait: try again, or ask for fewer at once").Named(problem.Overloaded)
	}
	return nil
}

// encoded returns the answer, which alone is held from now on.
func (h *holding) encoded(answer any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(answer) // of texts, numbers, and JSON that was parsed
	h.keepOnly(text.Len())
	return text.Bytes()
}

func (h *holding) keepOnly(bytes int) {
	if h.keep != nil {
		h.keep(bytes)
	}
}

func (h *holding) letGo() { h.keepOnly(0) }
