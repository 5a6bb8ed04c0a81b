// Package doctor looks for what would keep a node from working, before it is started or
// while it runs, and says it in plain words. It changes nothing, and becomes a member of
// nothing.
//
// What must stay true: each check ends within the time that it is given, whatever does
// not answer; and no finding repeats a secret.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Level says how bad a finding is.
type Level string

const (
	OK      Level = "ok"
	Warning Level = "warning" // it works, and may not be what is meant
	Wrong   Level = "wrong"   // the node will not work as it should
)

// Finding is what a check has found.
type Finding struct {
	Check string `json:"check"` // what was looked at, as "the actor port"
	Level Level  `json:"level"`
	Says  string `json:"says"`         // what is so
	Do    string `json:"do,omitempty"` // what to do about it; "" if there is nothing to do
}

// Check looks at one thing.
type Check struct {
	Name string // stands in findings that do not say what was looked at
	Look func(context.Context) []Finding
}

// Examine does all checks at the same time, each within the patience, and returns what
// they found, in their order. A check that does not end in time is a finding.
func Examine(ctx context.Context, checks []Check, patience time.Duration) []Finding {
	found := make([][]Finding, len(checks))
	var looking sync.WaitGroup
	for i, check := range checks {
		looking.Go(func() { found[i] = check.within(ctx, patience) })
	}
	looking.Wait()
	return slices.Concat(found...)
}

// within does not wait for a look that does not heed its context.
func (c Check) within(ctx context.Context, patience time.Duration) []Finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() { done <- c.Look(ctx) }()
	over := time.NewTimer(patience + grace)
	defer over.Stop()
	select {
	case found := <-done:
		for i := range found {
			if found[i].Check == "" {
				found[i].Check = c.Name
			}
		}
		return found
	case <-over.C:
		return []Finding{{c.Name, Wrong, fmt.Sprintf("this could not be looked at within %v", patience), "try again; if it stays so, look at what it needs"}}
	}
}

// grace is for a look whose time is over to say so itself.
const grace = time.Second

// Worst returns the worst level of the findings.
func Worst(findings []Finding) Level {
	worst := OK
	for _, f := range findings {
		if f.Level == Wrong || f.Level == Warning && worst == OK {
			worst = f.Level
		}
	}
	return worst
}

func ok(format string, args ...any) Finding {
	return Finding{Level: OK, Says: fmt.Sprintf(format, args...)}
}

func warning(do, format string, args ...any) Finding {
	return Finding{Level: Warning, Says: fmt.Sprintf(format, args...), Do: do}
}

func wrong(do, format string, args ...any) Finding {
	return Finding{Level: Wrong, Says: fmt.Sprintf(format, args...), Do: do}
}

// of says what was looked at.
func (f Finding) of(check string) Finding {
	f.Check = check
	return f
}
