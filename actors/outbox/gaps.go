package outbox

// mostGaps is how many rooms a client is told about by name. It can be in fewer, but
// leave them and join others while it reads nothing.
const mostGaps = 64

// gaps are the messages that were left out, by room.
type gaps map[string]int

func (g *gaps) add(room string) {
	if *g == nil {
		*g = make(gaps, 1)
	}
	if _, known := (*g)[room]; !known && len(*g) >= mostGaps {
		room = ""
	}
	(*g)[room]++
}

// frames returns what tells the client. In the queue it counts as messages do, so that
// nobody is cut off for it, but once it is in it is never left out: of says so.
func (g gaps) frames(gap func(room string, count int) *Frame, of Class) []*Frame {
	if len(g) == 0 {
		return nil
	}
	frames := make([]*Frame, 0, len(g))
	for room, count := range g {
		f := gap(room, count)
		f.Class = of
		frames = append(frames, f)
	}
	return frames
}
