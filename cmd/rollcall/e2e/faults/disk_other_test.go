//go:build unix && !linux

package faults

import "testing"

func TestTheDiskFails(t *testing.T) {
	longOnly(t, "SQLite on a disk that is full, or may only be read")
	t.Fatal("such a disk is a file system in memory, which is made for Linux only: run this as root, on Linux")
}
