//go:build unix && !linux

package faults

import "testing"

func TestTheNetworkFails(t *testing.T) {
	longOnly(t, "splits, loss and delay between hosts")
	t.Fatal("hosts are network namespaces, which only Linux has: run this as root, on Linux")
}
