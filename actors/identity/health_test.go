package identity

import (
	"errors"
	"testing"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
)

// A node that never could read users takes nobody; one that could is not sent away
// from for what all nodes share, and what passes.
func TestReadinessByWhatTheStoreHasShown(t *testing.T) {
	unfit := func(f Fault) error { return &Unfit{f, problem.New(problem.Unavailable, "it is %s", f)} }
	type look struct {
		after time.Duration
		err   error
	}
	tests := []struct {
		name  string
		looks []look
		ready bool
	}{
		{"not looked at yet", nil, false},
		{"never answered", []look{{0, unfit(Away)}, {time.Hour, unfit(Away)}}, false},
		{"fit", []look{{0, nil}}, true},
		{"answered late", []look{{0, unfit(Away)}, {time.Hour, nil}}, true},
		{"gone for a moment", []look{{0, nil}, {time.Second, unfit(Away)}}, true},
		{"gone for long", []look{{0, nil}, {time.Second, unfit(Away)}, {time.Hour, unfit(Away)}}, true},
		{"never migrated", []look{{0, unfit(Unmigrated)}}, false},
		{"too new from the start", []look{{0, unfit(Newer)}}, false},
		{"away, and then too new", []look{{0, unfit(Away)}, {time.Second, unfit(Newer)}}, false},
		{"migrated by a newer program", []look{{0, nil}, {time.Second, unfit(Newer)}, {time.Hour, unfit(Newer)}}, true},
		{"being reset", []look{{0, nil}, {time.Second, unfit(Unmigrated)}, {2 * time.Second, unfit(Unmigrated)}}, true},
		{"emptied", []look{{0, nil}, {time.Second, unfit(Unmigrated)}, {time.Second + mendPatience, unfit(Unmigrated)}}, false},
		{"emptied, and mended", []look{{0, nil}, {time.Second, unfit(Unmigrated)}, {time.Minute, nil}}, true},
		{"another database", []look{{0, nil}, {time.Second, unfit(Misencoded)}, {time.Minute, unfit(Misencoded)}}, false},
		{"an error of no kind", []look{{0, errors.New("a mistake")}}, false},
	}
	for _, test := range tests {
		var s standing
		begin := time.Now()
		now := begin
		for _, l := range test.looks {
			now = begin.Add(l.after)
			s.take(l.err, now)
		}
		if err := s.unready(now); (err == nil) != test.ready {
			t.Errorf("%s: unready = %v, want ready %v", test.name, err, test.ready)
		}
	}
}
