package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// disk is a small file system of its own, in memory, for a user store.
type disk struct{ path string }

// diskSize has room for the user store, and for what SQLite writes beside it before
// it clears that up (4 MB).
const diskSize = 16 << 20

// newDisk makes a disk. It is gone when the test ends.
func newDisk(t testing.TB) disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("a disk that is full is a file system of its own, which only root may mount: run this as root, on Linux")
	}
	d := disk{path: t.TempDir()}
	if err := unix.Mount("tmpfs", d.path, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize)); err != nil {
		t.Fatalf("mount a disk: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(d.path, 0); err != nil {
			t.Errorf("unmount the disk: %v", err)
		}
	})
	return d
}

// cluster is a cluster whose user store is on the disk.
func (d disk) cluster(t testing.TB) harness.Setup {
	t.Helper()
	return harness.Setup{Places: harness.LocalPlaces(t, 4), Data: d.path}
}

func (d disk) filler() string { return filepath.Join(d.path, "filler") }

// fill writes until there is no room for anything.
func (d disk) fill(t testing.TB) {
	t.Helper()
	file, err := os.Create(d.filler())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for block := make([]byte, os.Getpagesize()); err == nil; {
		_, err = file.Write(block)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
}

func (d disk) clear(t testing.TB) {
	t.Helper()
	if err := os.Remove(d.filler()); err != nil {
		t.Fatal(err)
	}
}

// remount changes how the disk may be used, such as unix.MS_RDONLY.
func (d disk) remount(t testing.TB, flags uintptr) {
	t.Helper()
	if err := unix.Mount("", d.path, "", unix.MS_REMOUNT|flags, ""); err != nil {
		t.Fatalf("mount the disk again: %v", err)
	}
}

func TestTheDiskIsFull(t *testing.T) {
	longOnly(t, "SQLite on a disk that is full")
	d := newDisk(t)
	s := setUp(t, d.cluster(t), harness.Loopback(0), crowd.Usual())
	s.mustPlayWhole(t, scene{name: "SQLite, disk full", play: broken(
		func(t testing.TB, s *stage) { d.fill(t); s.untilRefused(t); s.mustRefuse(t, true) },
		func(t testing.TB, _ *stage) { d.clear(t) })})
	s.report(t)
}

// A machine crashes, and comes back with a disk that may only be read, until
// somebody sees to that. The kernel lets no disk become so while a file is open for
// writing on it, so that all nodes have to begin with it.
func TestTheDiskIsReadOnly(t *testing.T) {
	longOnly(t, "SQLite on a disk that may only be read")
	d := newDisk(t)
	s := setUpEmpty(t, d.cluster(t), harness.Loopback(0))
	for _, n := range s.cluster.Nodes {
		n.Kill()
	}
	d.remount(t, unix.MS_RDONLY)
	for _, n := range s.cluster.Nodes {
		n.Start()
	}
	harness.AwaitMembers(t, s.cluster.Nodes...)
	s.crowd = crowd.Gather(t, s.cluster.Nodes, crowd.Usual(), s.seed)
	s.mustPlayWhole(t, scene{name: "SQLite, disk read-only", play: broken(
		func(t testing.TB, s *stage) { s.untilRefused(t); s.mustRefuse(t, true) },
		func(t testing.TB, _ *stage) { d.remount(t, 0) })})
	s.report(t)
}
