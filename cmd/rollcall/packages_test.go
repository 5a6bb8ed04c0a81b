package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The table of packages in docs/architecture.md names every package, and says of each what
// it imports of ours: no more, and no less.
func TestTheTableOfPackagesIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	table := tableOfPackages(string(page))
	imports := importsOfOurs(t)
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		at := pkg
		for table[at] == nil && at != "." {
			at = path.Dir(at) // what stands beside a package is of its row
		}
		if at == "." {
			t.Errorf("%s is not in the table", pkg)
			continue
		}
		for _, imported := range imports[pkg] {
			if at != pkg && (imported == at || strings.HasPrefix(imported, at+"/")) {
				continue
			}
			if !table[at].says(at, imported) {
				t.Errorf("%s imports %s, which the table does not say", pkg, imported)
			}
		}
	}
	for pkg, row := range table {
		if imports[pkg] == nil && pkg != "cmd/rollcall/e2e" { // which has tests only
			t.Errorf("there is no package %s", pkg)
		}
		for said, used := range row.imports {
			if !used {
				t.Errorf("%s does not import %s", pkg, said)
			}
		}
	}
}

// row is what is said of some packages.
type row struct {
	any     bool            // nothing is said of what they import
	imports map[string]bool // whether one of them does
}

// tableOfPackages returns the rows of the page by the packages that they name.
func tableOfPackages(page string) map[string]*row {
	table := make(map[string]*row)
	_, page, _ = strings.Cut(page, "## Packages\n")
	page, _, _ = strings.Cut(page, "\n## ")
	names := regexp.MustCompile("`[^`]+`|its parts")
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		said := strings.TrimSpace(cells[3])
		r := &row{any: said == "" || said == "all", imports: make(map[string]bool)}
		for _, name := range names.FindAllString(said, -1) {
			r.imports[strings.Trim(name, "`")] = false
		}
		for _, name := range names.FindAllString(cells[1], -1) {
			table[strings.Trim(name, "`")] = r
		}
	}
	return table
}

// says reports whether the row of a package says that it imports another one, and notes
// that it does: by its path, the end of that, "a/…" for a and what is below it, or "its
// parts".
func (r *row) says(pkg, imported string) bool {
	says := r.any
	for said := range r.imports {
		parent, below := strings.CutSuffix(said, "/…")
		switch {
		case said == "its parts" && strings.HasPrefix(imported, pkg+"/"),
			below && (imported == parent || strings.HasPrefix(imported, parent+"/")),
			imported == said, path.Base(imported) == said:
			says, r.imports[said] = true, true
		}
	}
	return says
}

// importsOfOurs returns which packages of ours each of them imports, tests aside.
func importsOfOurs(t *testing.T) map[string][]string {
	t.Helper()
	const ours = "github.com/rollcall/rollcall/"
	imports := make(map[string][]string)
	root := os.DirFS("../..")
	for _, name := range textsOf(t, root) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		pkg := path.Dir(name)
		if imports[pkg] == nil {
			imports[pkg] = []string{}
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if imported, is := strings.CutPrefix(imported, ours); is && !slices.Contains(imports[pkg], imported) {
				imports[pkg] = append(imports[pkg], imported)
			}
		}
	}
	return imports
}
