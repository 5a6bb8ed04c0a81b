package web

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
)

func TestTokensAreRevokedBefore(t *testing.T) {
	s := withKeys(t)
	notBefore := func() time.Time {
		t.Helper()
		standings, err := s.Users.(*identity.Store).Standings(t.Context(), []string{"ann"})
		actorstest.Must(t, err)
		return standings["ann"].NotBefore.UTC()
	}
	start := time.Now()
	for _, step := range []struct {
		name, body string
		status     int
	}{
		{"no time", `{"before":"yesterday"}`, 422}, {"a number", `{"before":1}`, 422}, {"null", `{"before":null}`, 422}, {"no object", `[]`, 422},
		{"another field", `{"until":"2026-01-01T00:00:00Z"}`, 422}, {"twice", `{"before":"2026-01-01T00:00:00Z","before":"2026-01-01T00:00:00Z"}`, 422},
		{"long ago", `{"before":"1969-01-01T00:00:00Z"}`, 422}, {"far ahead", `{"before":"2999-01-01T00:00:00Z"}`, 422},
		{"nothing was said until here", "", 0},
		{"a time", `{"before":"2026-01-01T01:00:00+01:00"}`, 204},
		{"back", `{"before":"2025-01-01T00:00:00Z"}`, 204},
		{"no time at all", `{}`, 204},
		{"nothing", ``, 204},
	} {
		if step.status == 0 {
			if at := notBefore(); !at.IsZero() {
				t.Errorf("revoked before %v", at)
			}
			continue
		}
		if got := s.orders("POST", "/api/users/ann/revoke", step.body); got.status != step.status {
			t.Errorf("%s: %d %s", step.name, got.status, got.body)
		}
		if at := notBefore(); (step.name == "a time" || step.name == "back") && !at.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: revoked before %v", step.name, at)
		}
	}
	if at := notBefore(); !at.After(start) || at.After(time.Now().Add(time.Second)) {
		t.Errorf("now is %v", at)
	}
}
