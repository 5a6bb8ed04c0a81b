//go:build !race

package membership

// inOrder starts protoactor's transport; see its other version for why.
func inOrder(start func()) { start() }
