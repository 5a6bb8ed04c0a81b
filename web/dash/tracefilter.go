package dash

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

const (
	// mostTraces bounds how many traces one answer lists; tracesShown is how many if
	// nothing else was asked for.
	mostTraces  = 1000
	tracesShown = 200

	// tracesSought is how many each node is asked for, since a filter may leave few.
	tracesSought = 1024
)

// TraceList is the answer of GET /api/dash/traces.
type TraceList struct {
	Traces  []Summary `json:"traces"` // newest first
	Silent  []string  `json:"silent"` // live nodes that did not say which they have
	Dropped uint64    `json:"dropped"`
}

func (t *traces) list(ctx context.Context, query url.Values) (TraceList, error) {
	filter, err := readTraceFilter(query)
	if err != nil {
		return TraceList{}, err
	}
	recent := t.source.Traces(ctx, nil, tracesSought)
	answer := TraceList{Traces: []Summary{}, Silent: list(recent.Silent), Dropped: recent.Dropped}
	for _, root := range recent.Roots {
		if s := summaryOf(root); filter.admits(s) && len(answer.Traces) < filter.limit {
			answer.Traces = append(answer.Traces, s)
		}
	}
	return answer, nil
}

// traceFilter says which traces are wanted; what is empty leaves all.
type traceFilter struct {
	kind, room, node, outcome string
	user                      string
	leastMS                   float64
	limit                     int
}

func readTraceFilter(query url.Values) (f traceFilter, err error) {
	f = traceFilter{
		kind: query.Get("kind"), room: query.Get("room"), node: query.Get("node"), outcome: query.Get("outcome"), limit: tracesShown,
	}
	if text := query.Get("id_user"); text != "" {
		if f.user, err = identity.ParseID(text); err != nil {
			return f, err
		}
	}
	if text := query.Get("min_ms"); text != "" {
		if f.leastMS, err = strconv.ParseFloat(text, 64); err != nil || !(f.leastMS >= 0) {
			return f, problem.New(problem.Invalid, "min_ms must be a number of milliseconds, such as min_ms=2.5")
		}
	}
	if text := query.Get("limit"); text != "" {
		if f.limit, err = strconv.Atoi(text); err != nil || f.limit < 1 || f.limit > mostTraces {
			return f, problem.New(problem.Invalid, "limit must be a whole number from 1 to %d", mostTraces)
		}
	}
	return f, nil
}

func (f traceFilter) admits(s Summary) bool {
	return (f.kind == "" || f.kind == s.Kind) &&
		(f.room == "" || f.room == s.Room) &&
		(f.outcome == "" || f.outcome == s.Outcome) &&
		(f.node == "" || f.node == s.Node || slices.Contains(s.Missing, f.node)) &&
		(f.user == "" || s.User != nil && *s.User == f.user) &&
		s.DurationMS >= f.leastMS
}
