//go:build unix

package identity

import (
	"fmt"
	"iter"
	"path/filepath"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/postgrestest"
)

// million yields so many users.
func million(users int) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for n := range users {
			if !yield(Record{Line: n + 1, ID: fmt.Sprintf("user-%07d", n), Name: fmt.Sprint("Somebody ", n)}, nil) {
				return
			}
		}
	}
}

// BenchmarkUsers imports a million users, and reads pages of a thousand: one takes the
// same time and memory wherever it is.
func BenchmarkUsers(b *testing.B) {
	const users = 1_000_000
	for name, url := range map[string]string{
		"sqlite":   filepath.Join(b.TempDir(), "rollcall.db"),
		"postgres": postgrestest.Start(b).NewDatabase(b),
	} {
		store := openSeeded(b, url)
		b.Run(name+"/import", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() { // what is there is left unchanged
				_, err := store.Import(b.Context(), million(users), false, func(int, error) {})
				actorstest.Must(b, err)
			}
		})
		for where, after := range map[string]string{"first": "", "middle": "user-0500000", "last": "user-0998999"} {
			b.Run(name+"/page/"+where, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					page, err := store.Page(b.Context(), after, 1000)
					actorstest.Must(b, err)
					if len(page) != 1000 {
						b.Fatalf("%d users", len(page))
					}
				}
			})
		}
	}
}
