package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/httpserver"
)

// clientFiles are the official client, as the official server offers it to pages that
// have no build of their own: /socket.io/socket.io.js and its siblings. They are of
// the same package as the client in our own pages.
type clientFiles struct {
	version string
	files   map[string]func() (*clientFile, error) // read when somebody wants it
}

type clientFile struct {
	plain, zipped []byte
	tag           string // of this version and content
}

// clientNames are the files' names (web/ui/client-files.ts).
func clientNames() []string {
	scripts := []string{"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"}
	names := slices.Clone(scripts)
	for _, script := range scripts {
		names = append(names, script+".map")
	}
	return names
}

func newClientFiles(pages fs.FS) clientFiles {
	version, _ := fs.ReadFile(pages, "client/version") // there is none without built pages
	c := clientFiles{version: string(version), files: make(map[string]func() (*clientFile, error))}
	for _, name := range clientNames() {
		c.files[name] = sync.OnceValues(func() (*clientFile, error) { return readClientFile(pages, c.version, name) })
	}
	return c
}

func readClientFile(pages fs.FS, version, name string) (*clientFile, error) {
	plain, err := fs.ReadFile(pages, "client/"+name)
	if err != nil {
		return nil, err
	}
	var zipped bytes.Buffer
	zip, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zip.Write(plain); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(plain)
	return &clientFile{plain, zipped.Bytes(), version + "-" + hex.EncodeToString(sum[:8])}, nil
}

// clientFile answers with a file of the client. Any page may load it. With ?v= and the
// version it may be kept for ever; otherwise it is asked for again each time, and the
// ETag says whether it is another.
func (s *Server) clientFile(w http.ResponseWriter, r *http.Request, name string) {
	file, err := s.client.files[name]()
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = problem.Wrap(err, problem.NotFound, "This Rollcall was built without its pages, and so without %s: build it with Node 20 or newer, by task build, or load the client from elsewhere", name)
		}
		s.fail(w, r, err)
		return
	}
	content, tag := file.plain, file.tag
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if r.Header.Get("Range") == "" && httpserver.TakesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		content, tag = file.zipped, tag+"-gzip"
	}
	h.Set("ETag", `"`+tag+`"`)
	h.Set("Cache-Control", "public, max-age=0")
	if r.URL.Query().Get("v") == s.client.version {
		h.Set("Cache-Control", forEver)
	}
	h.Set("Content-Type", clientType(name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

func clientType(name string) string {
	if path.Ext(name) == ".map" {
		return "application/json; charset=utf-8"
	}
	return "application/javascript; charset=utf-8"
}
