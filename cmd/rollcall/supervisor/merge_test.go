package supervisor

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestLinesCarryTheNameOfTheirNode(t *testing.T) {
	var plain, terminal bytes.Buffer
	merge := NewMerge([]string{"cluster", "node-1"}, Sink{Writer: &plain}, Sink{Writer: &terminal, Colour: true})
	first, own := merge.Source("node-1", 0), merge.Source("cluster", -1)
	for _, piece := range []string{"one\ntw", "o\r\n", "\nend"} {
		if n, err := first.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if _, err := own.Write([]byte("ready\n")); err != nil {
		t.Fatal(err)
	}
	first.flush()
	first.flush() // nothing is left
	if got, want := plain.String(), "node-1  | one\nnode-1  | two\nnode-1  | \ncluster | ready\nnode-1  | end\n"; got != want {
		t.Errorf("plain:\n%s\nwant:\n%s", got, want)
	}
	if got, want := terminal.String(), "\x1b[36mnode-1  | \x1b[0mone\n"; !strings.HasPrefix(got, want) {
		t.Errorf("terminal: %q, want %q…", got, want)
	}
	if want := "\ncluster | ready\n"; !strings.Contains(terminal.String(), want) {
		t.Errorf("terminal: %q lacks %q", terminal.String(), want)
	}
}

func TestLinesOfManyNodesAreNotMixed(t *testing.T) {
	var out bytes.Buffer
	merge := NewMerge(nil, Sink{Writer: &out})
	var writing sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		source := merge.Source(name, 0)
		writing.Go(func() {
			for range 200 {
				_, _ = source.Write([]byte(strings.Repeat(name, 50) + "\n"))
			}
		})
	}
	writing.Wait()
	for line := range strings.Lines(out.String()) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " | ")
		if text != strings.Repeat(name, 50) {
			t.Fatalf("mixed line %q", line)
		}
	}
}

func TestEndlessLineIsCut(t *testing.T) {
	var out bytes.Buffer
	source := NewMerge(nil, Sink{Writer: &out}).Source("n", 0)
	_, _ = source.Write(bytes.Repeat([]byte("x"), mostLine))
	if got := out.Len(); got != mostLine+len("n | \n") {
		t.Errorf("%d bytes passed on", got)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDiskDoesNotReachTheNode(t *testing.T) {
	var out bytes.Buffer
	source := NewMerge(nil, Sink{Writer: full{}}, Sink{Writer: &out}).Source("n", 0)
	if n, err := source.Write([]byte("a\nb\n")); n != 4 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	if got, want := out.String(), "n | a\nn | b\n"; got != want {
		t.Errorf("the other sink has %q", got)
	}
}

// Secrets are shown to who started the program, and not kept.
func TestWhatIsShownIsNotKept(t *testing.T) {
	var shown, kept bytes.Buffer
	merge := NewMerge([]string{"cluster"}, Sink{Writer: &shown, Shown: true}, Sink{Writer: &kept})
	for source, text := range map[*Source]string{merge.Shown("cluster"): "secret\n", merge.Kept("cluster"): "where it is\n"} {
		if _, err := source.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if shown.String() != "cluster | secret\n" || kept.String() != "cluster | where it is\n" {
		t.Errorf("shown %q, kept %q", &shown, &kept)
	}
}
