package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// written returns the TypeScript of these types of a Go file.
func written(t *testing.T, source string, roots ...string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	actorstest.Must(t, os.WriteFile(filepath.Join(folder, "types.go"), []byte("package example\n"+source), 0o600))
	pkg, err := read(folder)
	actorstest.Must(t, err)
	return pkg.typeScript(roots)
}

func TestTypesAreWrittenAsTheirJSON(t *testing.T) {
	got, err := written(t, `
// answer is what is answered.
type answer struct {
	base
	List   []*item          `+"`json:\"list\"`"+` // by name
	Fields map[string]raw   `+"`json:\"fields\"`"+`
	Rate   *float64         `+"`json:\"rate\"`"+`
	Since  room.Timestamp `+"`json:\"since,omitempty\"`"+`
	// Unit is that
	// of the rate.
	Unit   string           `+"`json:\"unit\" enum:\"messages,bytes\"`"+`
}
type base struct {
	OK bool `+"`json:\"ok\"`"+`
}
type item struct {
	Count  int64  `+"`json:\"count\"`"+`
	Status status `+"`json:\"status\"`"+`
	Word   word   `+"`json:\"word\"`"+`
}
type status string
const (
	up   status = "up"
	down status = "down" // or so
)
type word string
type other struct{}
`, "answer")
	actorstest.Must(t, err)
	want := `
/** Answer is what is answered. */
export interface Answer extends Base {
  /** by name */
  list: (Item | null)[];
  fields: Record<string, unknown>;
  rate: number | null;
  since?: string;
  /**
   * Unit is that
   * of the rate.
   */
  unit: 'messages' | 'bytes';
}

export interface Base {
  ok: boolean;
}

export interface Item {
  count: number;
  status: Status;
  word: Word;
}

export type Status = 'up' | 'down';

export type Word = string;
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatNobodyHasSaidIsNoGuess(t *testing.T) {
	for source, want := range map[string]string{
		"type other struct{}":                                   "answer: there is no such type",
		"type answer struct { At time.Time `json:\"at\"` }":     "answer: At: nobody has said what time.Time is in TypeScript",
		"type answer struct { At, To string }":                  "answer: At: it needs a name in JSON",
		"type answer struct { N int `json:\"n,string\"` }":      "answer: N: it needs a name in JSON",
		"type answer struct { F func() `json:\"f\"` }":          "answer: F: nobody has said what *ast.FuncType is",
		"type answer struct { M missing `json:\"m\"` }":         "missing: there is no such type",
		"type answer struct { M map[string]bool `json:\"-\"` }": "answer: M: it needs a name in JSON",
	} {
		if got, err := written(t, source, "answer"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, %s; want %s", source, err, got, want)
		}
	}
}
