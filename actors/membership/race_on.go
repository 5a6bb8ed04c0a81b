//go:build race

package membership

import (
	"io/ioutil" //nolint:staticcheck // protoactor logs to its Discard
	"sync"
)

// protoactor sets gRPC's global logger whenever a node starts, while the gRPC
// of nodes that run in the same process reads it. Only tests have several nodes
// in a process, and only the race detector minds. So, in its presence only,
// that logger writes to lines, whose lock orders each reading of the logger
// before the next setting of it.
var (
	lines    orderedLines
	starting sync.Mutex // two nodes do not set it at the same time
)

type orderedLines struct{ mu sync.Mutex }

func (o *orderedLines) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(b), nil
}

func inOrder(start func()) {
	starting.Lock()
	defer starting.Unlock()
	ioutil.Discard = &lines
	_, _ = lines.Write(nil)
	start()
}
