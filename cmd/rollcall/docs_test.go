package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

// Whatever the code or a page says of another page holds: the page is in the repository,
// and what a link names in it is there.
func TestReferencesToPagesLeadSomewhere(t *testing.T) {
	root := os.DirFS("../..")
	names := textsOf(t, root)
	for _, known := range []string{"docs/architecture.md", "cmd/rollcall/main.go", ".golangci.yml"} {
		if !slices.Contains(names, known) {
			t.Errorf("%s was not looked at", known)
		}
	}
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range danglingIn(root, name, string(text)) {
			t.Errorf("%s: %s", name, wrong)
		}
	}
}

func TestReferencesThatLeadNowhereAreFound(t *testing.T) {
	root := fstest.MapFS{
		"docs/page.md": {Data: []byte("# A page\n\n```\n# no heading\n[no link](gone.md)\n```\n\n## What it says, and `no more`\n")},
		"code/code.go": {},
	}
	for _, test := range []struct{ name, text, want string }{
		{"code/code.go", "// See docs/page.md.", ""},
		{"docs/code.go", "// See page.md, and rules.md5.", ""},
		{"code/code.go", "// See page.md.", `there is no "page.md"`},
		{"code/code.go", "// As in GONE.md.", `there is no "GONE.md"`},
		{"code/code.go", `"[a](gone.md) of a page", and gone.md`, `there is no "gone.md"`},
		{"README.md", "[a](docs/page.md#what-it-says-and-no-more) [b](https://example.org/gone.md) ![c](code/code.go)", ""},
		{"docs/page.md", "[a](#here)\n\n## Here", `there is no "#here" in "docs/page.md"`}, // which has another text
		{"docs/other.md", "[a](../code/code.go) [b](page.md#no-heading)", `there is no "#no-heading" in "docs/page.md"`},
		{"docs/other.md", "[a](docs/page.md)", `there is no "docs/page.md"`},
		{"docs/other.md", `<img src="gone.png">`, `there is no "gone.png"`},
		{"docs/other.md", "```\n[no link](gone.md)\n```", ""},
		{"docs/other.md", "`<img src=\"gone.png\">` [`a`](gone.md)", `there is no "gone.md"`},
	} {
		if got := strings.Join(danglingIn(root, test.name, test.text), ", "); got != test.want {
			t.Errorf("%s: %q: %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

// textsOf returns the files that people write, by their paths; not this one, which names
// pages that are not there.
func textsOf(t *testing.T, root fs.FS) (names []string) {
	t.Helper()
	written := []string{".go", ".proto", ".ts", ".mjs", ".svelte", ".css", ".html", ".py", ".yml", ".yaml", ".md"}
	left := []string{".git", ".task", "bin", "data", "dist", "node_modules", "testdata"}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (slices.Contains(left, entry.Name()) || strings.HasPrefix(name, "cmd/echo/suites/run-")):
			return fs.SkipDir
		case name == "cmd/rollcall/docs_test.go":
		case entry.Type().IsRegular() && slices.Contains(written, filepath.Ext(name)):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// danglingIn returns what is said in a file of pages that are not there.
func danglingIn(root fs.FS, name, text string) (wrong []string) {
	if filepath.Ext(name) == ".md" {
		for _, target := range linksIn(text) {
			if err := follow(root, name, target); err != nil {
				wrong = append(wrong, err.Error())
			}
		}
		return wrong
	}
	// The links in code are those of a page that it generates, which is looked at itself.
	text = regexp.MustCompile(`\[[^\]\n]*\]\([^()\s]+\)`).ReplaceAllString(text, "")
	pages := regexp.MustCompile(`[A-Za-z0-9_./-]*[A-Za-z0-9_]\.md\b`)
	for _, page := range pages.FindAllString(text, -1) {
		if !exists(root, page) && !exists(root, path.Join(path.Dir(name), page)) {
			wrong = append(wrong, fmt.Sprintf("there is no %q", page))
		}
	}
	return wrong
}

// linksIn returns where the links of a page lead, besides those out of the repository.
func linksIn(text string) (targets []string) {
	links := regexp.MustCompile(`\]\(([^()\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	spans := regexp.MustCompile("`[^`\n]*`")
	for _, found := range links.FindAllStringSubmatch(spans.ReplaceAllString(withoutCode(text), ""), -1) {
		if target := found[1] + found[2]; !strings.Contains(target, "://") && !strings.HasPrefix(target, "mailto:") {
			targets = append(targets, target)
		}
	}
	return targets
}

// withoutCode returns a page without its blocks of code.
func withoutCode(text string) string {
	return regexp.MustCompile("(?ms)^```.*?^```").ReplaceAllString(text, "")
}

// follow fails if a link of a page leads nowhere.
func follow(root fs.FS, from, target string) error {
	file, anchor, anchored := strings.Cut(target, "#")
	page := from
	if file != "" {
		page = path.Join(path.Dir(from), file)
	}
	if !exists(root, page) {
		return fmt.Errorf("there is no %q", target)
	}
	if !anchored {
		return nil
	}
	data, err := fs.ReadFile(root, page)
	if err != nil {
		return err
	}
	if !slices.Contains(anchorsOf(string(data)), anchor) {
		return fmt.Errorf("there is no %q in %q", "#"+anchor, page)
	}
	return nil
}

// anchorsOf returns the names that GitHub gives the headings of a page, which have to
// differ.
func anchorsOf(text string) (anchors []string) {
	headings := regexp.MustCompile(`(?m)^#+ +(.+)$`)
	for _, found := range headings.FindAllStringSubmatch(withoutCode(text), -1) {
		anchors = append(anchors, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, found[1]))
	}
	return anchors
}

func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, path.Clean(name))
	return err == nil
}
