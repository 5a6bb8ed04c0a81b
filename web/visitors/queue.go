package visitors

// queue is visits in an order, as container/list would have them; but their elements are
// their own, so that a connection which comes and goes with each request allocates
// nothing.
type queue struct {
	first, last *element
	len         int
}

// element is the place of a visit in a queue, at most one at a time.
type element struct {
	of         *visit
	in         *queue // nil if it is in none
	prev, next *element
}

// pushBack puts an element that is in no queue at the end.
func (q *queue) pushBack(e *element) {
	e.in, e.prev = q, q.last
	if q.last == nil {
		q.first = e
	} else {
		q.last.next = e
	}
	q.last = e
	q.len++
}

// leave takes the element out of its queue, if it is in one.
func (e *element) leave() {
	q := e.in
	if q == nil {
		return
	}
	if e.prev == nil {
		q.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		q.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.in, e.prev, e.next = nil, nil, nil
	q.len--
}
