// Package ui carries the room page and the dashboard: the files that Vite builds
// from the Svelte sources in this folder, embedded into the binary.
//
// The Go build never needs Node. Without built pages the package offers a
// placeholder that says how to build them.
package ui

//go:generate go run ./wire src/shared/wire.ts ..:roomState ../../actors/identity:User
//go:generate go run ./wire src/dash/wire.ts ../dash:about,clusterState,sample,actorTable,inspection,TraceList,Trace ../../actors/directory:Kind

import (
	"embed"
	"io/fs"
)

// dist holds nothing but .keep until the page is built, hence "all:".
//
//go:embed all:dist
var dist embed.FS

//go:embed placeholder
var placeholder embed.FS

// Files returns the files of the pages and whether they have been built.
//
// There is always an index.html, the room page, and a dash.html, the dashboard,
// or a placeholder for each. A built page refers to its scripts, styles and icon
// as /assets/…, which are the files in assets/; their names carry a hash of their
// content, so they can be cached for ever, and the pages never. A built page comes
// with the official client, as it is published, in client/, and its version in
// client/version. The placeholders refer to nothing.
func Files() (files fs.FS, built bool) {
	return choose(sub(dist, "dist"), sub(placeholder, "placeholder"))
}

// choose returns page if it has an index.html, and otherwise fallback.
func choose(page, fallback fs.FS) (files fs.FS, built bool) {
	if _, err := fs.Stat(page, "index.html"); err != nil {
		return fallback, false
	}
	return page, true
}

// sub returns the folder dir of an embedded file system. It panics if dir is
// no valid path, which with the constants above cannot happen.
func sub(files embed.FS, dir string) fs.FS {
	folder, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return folder
}
