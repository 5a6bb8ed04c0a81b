package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// clientSite is a site whose pages are built, with files that say their names.
func clientSite(t *testing.T) *site {
	t.Helper()
	return newSite(t, func(c *Config) {
		files := fstest.MapFS{"client/version": {Data: []byte("4.8.4")}}
		for _, name := range clientNames() {
			files["client/"+name] = &fstest.MapFile{Data: []byte(strings.Repeat(name+"\n", 100))}
		}
		maps.Copy(files, c.Pages.(fstest.MapFS))
		c.Pages = files
	})
}

func TestTheOfficialClientIsServed(t *testing.T) {
	s := clientSite(t)
	tags := map[string]string{}
	for _, name := range clientNames() {
		kind := "application/javascript; charset=utf-8"
		if strings.HasSuffix(name, ".map") {
			kind = "application/json; charset=utf-8"
		}
		target := "/socket.io/" + name
		plain := s.get(target, "Origin", "https://anywhere.test")
		h, tag := plain.header, plain.header.Get("ETag")
		if plain.status != http.StatusOK || plain.body != strings.Repeat(name+"\n", 100) || h.Get("Content-Type") != kind ||
			h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cache-Control") != "public, max-age=0" || h.Get("Vary") != "Accept-Encoding" ||
			!strings.HasPrefix(tag, `"4.8.4-`) {
			t.Errorf("%s: %d %v", name, plain.status, h)
		}
		if other, taken := tags[tag]; taken {
			t.Errorf("%s has the tag of %s", name, other)
		}
		tags[tag] = name
		zipped := s.get(target, "Accept-Encoding", "gzip")
		reader, err := gzip.NewReader(strings.NewReader(zipped.body))
		actorstest.Must(t, err)
		text, err := io.ReadAll(reader)
		actorstest.Must(t, err)
		if zipped.header.Get("Content-Encoding") != "gzip" || string(text) != plain.body || zipped.header.Get("ETag") == tag {
			t.Errorf("%s compressed: %v", name, zipped.header)
		}
		for _, known := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			again := s.get(target, "If-None-Match", known)
			if again.status != http.StatusNotModified || again.body != "" || again.header.Get("ETag") != tag {
				t.Errorf("%s, of which %s is known: %d %v", name, known, again.status, again.header)
			}
		}
		if other := s.get(target, "If-None-Match", `"4.8.1"`, "Accept-Encoding", "gzip;q=0"); other.status != http.StatusOK || other.body != plain.body {
			t.Errorf("%s, of which another is known: %d", name, other.status)
		}
		if head := s.ask(http.MethodHead, target, ""); head.status != http.StatusOK || head.header.Get("ETag") != tag {
			t.Errorf("HEAD %s: %d %v", name, head.status, head.header)
		}
		if part := s.get(target, "Range", "bytes=0-4", "Accept-Encoding", "gzip"); part.status != http.StatusPartialContent || part.body != plain.body[:5] {
			t.Errorf("a part of %s: %d %q", name, part.status, part.body)
		}
		if kept := s.get(target + "?v=4.8.4"); kept.header.Get("Cache-Control") != forEver {
			t.Errorf("%s of a version: %v", name, kept.header)
		}
		if kept := s.get(target + "?v=4.8.1"); kept.header.Get("Cache-Control") == forEver {
			t.Errorf("%s of another version is kept for ever", name)
		}
	}
	if got := s.ask(http.MethodPost, "/socket.io/socket.io.js", ""); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.status)
	}
	// What has another name is the engine's.
	for _, name := range []string{"socket.io.msgpack.js", "version", "../index.html", "socket.io.js.map.map"} {
		if got := s.get("/socket.io/" + name); got.status == http.StatusOK || bytes.Contains([]byte(got.body), []byte("<title>")) {
			t.Errorf("%s: %d", name, got.status)
		}
	}
}

func TestWithoutPagesThereIsNoClient(t *testing.T) {
	got := newSite(t).get("/socket.io/socket.io.js")
	wantProblem(t, got)
	if got.status != http.StatusNotFound || !strings.Contains(got.body, "task build") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
