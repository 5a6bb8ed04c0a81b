//go:build !linux

package supervisor

import "syscall"

// attributes puts a child into a process group of its own, so that Ctrl-C in a
// terminal reaches the supervisor alone, which then stops the children in its
// own way.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
