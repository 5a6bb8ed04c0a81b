package doctor

import (
	"context"
	"syscall"
)

// ownFiles is about how many descriptors a node has besides those of its clients.
const ownFiles = 100

// fewFiles are less than a server of this kind can do with.
const fewFiles = 4096

// descriptors looks whether the process may open as many files as there may be clients.
func (n Node) descriptors(context.Context) []Finding {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return []Finding{warning("", "the limit of open files is not known (%v)", err)}
	}
	return []Finding{judgeDescriptors(uint64(limit.Max), n.Connections)}
}

// judgeDescriptors compares a limit with the most connections that a node takes, 0 for
// any number.
func judgeDescriptors(limit uint64, connections int) Finding {
	const raise = "raise it (ulimit -n, or LimitNOFILE= of systemd)"
	switch needed := uint64(max(connections, 0)) + ownFiles; {
	case limit < fewFiles && (connections == 0 || limit < needed):
		return wrong(raise, "a process may have only %d files open, and each client needs one", limit)
	case connections > 0 && limit < needed:
		return warning(raise+", or lower --max-connections", "a process may have %d files open, and %d connections need about %d", limit, connections, needed)
	}
	return ok("a process may have %d files open", limit)
}
