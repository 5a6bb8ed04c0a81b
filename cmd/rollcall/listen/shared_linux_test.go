package listen

import "testing"

func TestSharedPortIsForSharersOnly(t *testing.T) {
	first, err := OpenShared(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := OpenShared(t.Context(), first.Addr().String())
	if err != nil {
		t.Fatalf("the second sharer: %v", err)
	}
	defer second.Close()
	if alone, err := Open(t.Context(), first.Addr().String()); err == nil {
		_ = alone.Close()
		t.Error("a listener that does not share got the port")
	}
}
