//go:build race

package membership

import (
	"bytes"
	"io/ioutil" //nolint:staticcheck // protoactor logs to its Discard
	"sync"
	"time"

	"google.golang.org/grpc/grpclog"
)

// protoactor sets gRPC's global logger whenever a node starts, while the gRPC
// of nodes that run in the same process reads it. Only tests have several nodes
// in a process, and only the race detector minds. So, in its presence only,
// each use of that logger takes a lock after having read it, which orders it
// before the next setting.
var (
	lines    = orderedLines{listening: make(chan struct{}, 1)}
	starting sync.Mutex // two nodes do not set it at the same time
	logger   grpclog.LoggerV2
)

type orderedLines struct {
	mu        sync.Mutex
	listening chan struct{} // holds a token when the node that starts has logged its last line
}

func (o *orderedLines) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if bytes.Contains(line, []byte("ListenSocket created")) {
		select {
		case o.listening <- struct{}{}:
		default:
		}
	}
	return len(line), nil
}

// orderedLogger also orders questions for its verbosity, which write no line.
type orderedLogger struct{ grpclog.LoggerV2 }

func (l orderedLogger) V(level int) bool {
	takeTurn()
	return l.LoggerV2.V(level)
}

func inOrder(start func()) {
	starting.Lock()
	defer starting.Unlock()
	ioutil.Discard = &lines // until start is over, protoactor's logger is used
	takeTurn()
	start()
	select {
	case <-lines.listening:
	case <-time.After(time.Second): // gRPC words it otherwise
	}
	takeTurn()
	if logger == nil {
		logger = orderedLogger{grpclog.NewLoggerV2(&lines, &lines, &lines)}
	}
	grpclog.SetLoggerV2(logger)
	takeTurn()
}

// takeTurn orders what follows after each setting of the logger so far.
func takeTurn() { _, _ = lines.Write(nil) }
