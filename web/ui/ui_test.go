package ui

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// documents are the pages that there always are, built or not.
var documents = [...]string{"index.html", "dash.html"}

func TestThereIsAlwaysEachPage(t *testing.T) {
	files, built := Files()
	for _, name := range documents {
		page, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatalf("built = %v: %v", built, err)
		}
		if len(page) == 0 {
			t.Errorf("%s is empty", name)
		}
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

func TestThePlaceholdersSayHowToBuildThePage(t *testing.T) {
	for _, name := range documents {
		page, err := placeholder.ReadFile("placeholder/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"task build", "Node"} {
			if !strings.Contains(string(page), want) {
				t.Errorf("the placeholder %s does not mention %q", name, want)
			}
		}
	}
}

// The pages are served under a Content-Security-Policy that forbids scripts and styles
// inside the document.
func TestNothingIsInlined(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script(?:\s+[^>]*)?>[^<]+</script>|<style|\sstyle=|\son[a-z]+=`)
	files, _ := Files()
	for name, folder := range map[string]fs.FS{
		"page":        files,
		"placeholder": sub(placeholder, "placeholder"),
	} {
		for _, document := range documents {
			page, err := fs.ReadFile(folder, document)
			if err != nil {
				t.Fatal(err)
			}
			if found := inline.Find(page); found != nil {
				t.Errorf("%s %s: the policy would block %q", name, document, found)
			}
		}
	}
}

// Built pages bring the client that is in their bundle.
func TestABuiltPageBringsTheClient(t *testing.T) {
	files, built := Files()
	version, err := fs.ReadFile(files, "client/version")
	if built != (err == nil) {
		t.Fatalf("built %v: %v", built, err)
	}
	if !built {
		return // task test builds them before
	}
	for _, name := range []string{"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"} {
		script, err := fs.ReadFile(files, "client/"+name)
		if err != nil || !strings.Contains(string(script[:200]), "Socket.IO v"+string(version)) {
			t.Errorf("%s is not of version %s: %v", name, version, err)
		}
		if source, err := fs.ReadFile(files, "client/"+name+".map"); err != nil || !strings.HasPrefix(string(source), "{") {
			t.Errorf("%s.map: %v", name, err)
		}
	}
}
