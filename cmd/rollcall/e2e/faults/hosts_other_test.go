//go:build unix && !linux

package faults

import "testing"

func TestTheNetworkFails(t *testing.T) {
	if everything(t) {
		t.Fatal("hosts are network namespaces, which only Linux has: run this as root, on Linux")
	}
	t.Log("faults of the network are part of the long version, for Linux")
}
