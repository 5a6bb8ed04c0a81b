// Package idle knows what nobody needs at the moment, and for how long, so that it can
// be ended: at the latest after a time, and earlier where there is too much of it.
//
// What must stay true: there are never more than the list's limit, whatever strangers
// ask for, and what was needed last stays longest.
package idle

import (
	"container/list"
	"time"
)

// List is what is idle, by keys. It is not for several goroutines.
type List[K comparable] struct {
	most  int
	after time.Duration
	order *list.List // of entries; the one that has been idle longest comes first
	at    map[K]*list.Element
}

type entry[K comparable] struct {
	key   K
	since time.Time
}

// New returns an empty list of at most most keys, which may be idle for as long as after.
func New[K comparable](most int, after time.Duration) *List[K] {
	return &List[K]{most: most, after: after, order: list.New(), at: make(map[K]*list.Element)}
}

// Put says that a key is idle since now.
func (l *List[K]) Put(key K, now time.Time) {
	l.Take(key)
	l.at[key] = l.order.PushBack(entry[K]{key, now})
}

// Touch says that a key is idle since now, if it is idle.
func (l *List[K]) Touch(key K, now time.Time) {
	if _, ok := l.at[key]; ok {
		l.Put(key, now)
	}
}

// Take says that a key is needed, or is no more. It does nothing for one that is not
// idle.
func (l *List[K]) Take(key K) {
	if e, ok := l.at[key]; ok {
		l.order.Remove(e)
		delete(l.at, key)
	}
}

// Due takes out what is to be ended by now: what has been idle for too long, and the
// longest idle of too many.
func (l *List[K]) Due(now time.Time) (keys []K) {
	for e := l.order.Front(); e != nil; e = l.order.Front() {
		first := e.Value.(entry[K])
		if l.order.Len() <= l.most && now.Sub(first.since) < l.after {
			break
		}
		l.Take(first.key)
		keys = append(keys, first.key)
	}
	return keys
}

// Next returns how long after now the next key has been idle for too long; false if
// nothing is idle.
func (l *List[K]) Next(now time.Time) (time.Duration, bool) {
	e := l.order.Front()
	if e == nil {
		return 0, false
	}
	return max(0, e.Value.(entry[K]).since.Add(l.after).Sub(now)), true
}
