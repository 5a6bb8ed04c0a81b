package ui

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestThereIsAlwaysAnIndex(t *testing.T) {
	files, built := Files()
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		t.Fatalf("built = %v: %v", built, err)
	}
	if len(index) == 0 {
		t.Error("index.html is empty")
	}
}

func TestABuiltPageIsPreferred(t *testing.T) {
	page := fstest.MapFS{"index.html": {Data: []byte("page")}}
	fallback := fstest.MapFS{"index.html": {Data: []byte("placeholder")}}
	unbuilt := fstest.MapFS{".keep": {}}

	for _, test := range []struct {
		name  string
		page  fs.FS
		want  string
		built bool
	}{
		{"built", page, "page", true},
		{"not built", unbuilt, "placeholder", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			files, built := choose(test.page, fallback)
			got, err := fs.ReadFile(files, "index.html")
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want || built != test.built {
				t.Errorf("got %q, built %v; want %q, %v", got, built, test.want, test.built)
			}
		})
	}
}

func TestThePlaceholderSaysHowToBuildThePage(t *testing.T) {
	index, err := placeholder.ReadFile("placeholder/index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"task build", "Node"} {
		if !strings.Contains(string(index), want) {
			t.Errorf("the placeholder does not mention %q", want)
		}
	}
}

// The page is served under a Content-Security-Policy that forbids scripts and styles
// inside the document.
func TestNothingIsInlined(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script(?:\s+[^>]*)?>[^<]+</script>|<style|\sstyle=|\son[a-z]+=`)
	files, _ := Files()
	for name, folder := range map[string]fs.FS{
		"page":        files,
		"placeholder": sub(placeholder, "placeholder"),
	} {
		index, err := fs.ReadFile(folder, "index.html")
		if err != nil {
			t.Fatal(err)
		}
		if found := inline.Find(index); found != nil {
			t.Errorf("%s: the policy would block %q", name, found)
		}
	}
}
