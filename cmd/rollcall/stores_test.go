package main

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestAnotherStoreIsSaidWhenItLasts(t *testing.T) {
	var log strings.Builder
	s := &stores{log: slog.New(slog.NewTextHandler(&log, nil))}
	at := time.Now().Add(-time.Hour)
	for i, tt := range []struct {
		after time.Duration
		names []string
		want  int // lines so far
	}{
		{0, nil, 0},
		{0, []string{"node-2"}, 0},
		{storeDoubt - 1, []string{"node-2"}, 0},
		{1, []string{"node-2"}, 1},
		{storeReminder - 1, []string{"node-2"}, 1},
		{1, []string{"node-2"}, 2},
		{time.Second, []string{"node-2", "node-3"}, 2}, // a reset that not all have noticed
		{time.Second, nil, 2},
		{storeDoubt, []string{"node-2"}, 2},
		{storeDoubt, []string{"node-2"}, 3},
	} {
		at = at.Add(tt.after)
		s.take(tt.names, at)
		if got := strings.Count(log.String(), "node-2"); got != tt.want {
			t.Errorf("step %d: %d lines, want %d", i, got, tt.want)
		}
	}
	if c := s.check(); c.Err == nil || !strings.Contains(c.Err.Error(), "node-2") {
		t.Errorf("the check says %v", c.Err)
	}
	s.take(nil, at)
	if c := s.check(); c.Err != nil {
		t.Errorf("afterwards the check says %v", c.Err)
	}
}
