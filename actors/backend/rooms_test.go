package backend

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

// However rooms lie on nodes, the pages one behind the other are all rooms, each once and
// with all its sockets.
func TestPagesAreAllRoomsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.SliceOfN(rapid.MapOf(rapid.StringMatching("[a-d]{1,2}"), rapid.IntRange(1, 9)), 1, 4).Draw(t, "nodes")
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		sums := make(map[string]int)
		for _, node := range nodes {
			for name, sockets := range node {
				sums[name] += sockets
			}
		}
		var got []room.Populace
		for after, more := "", true; more; {
			var pages []*protos.RoomsHere
			for _, node := range nodes {
				pages = append(pages, pageOf(node, after, limit))
			}
			rooms, next := merge(pages, limit)
			if len(rooms) > limit || next != "" && len(rooms) < limit {
				t.Fatalf("a page of %d rooms, limit %d, next %q", len(rooms), limit, next)
			}
			got = append(got, rooms...)
			after, more = next, next != ""
		}
		if len(got) != len(sums) {
			t.Fatalf("%d rooms, want %d", len(got), len(sums))
		}
		for i, r := range got {
			if sums[r.Room] != r.Sockets || i > 0 && got[i-1].Room >= r.Room {
				t.Fatalf("%v among %v", r, got)
			}
		}
	})
}

// pageOf is the page of one node.
func pageOf(rooms map[string]int, after string, limit int) *protos.RoomsHere {
	var names []string
	for name := range rooms {
		if name > after {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	page := &protos.RoomsHere{More: len(names) > limit}
	for _, name := range names[:min(limit, len(names))] {
		page.Rooms, page.Sockets = append(page.Rooms, name), append(page.Sockets, int64(rooms[name]))
	}
	return page
}

func TestAPageOfNobodyIsTheLast(t *testing.T) {
	for _, pages := range [][]*protos.RoomsHere{nil, {{}}, {{More: true}}, {{Rooms: []string{"a"}}}} {
		if rooms, next := merge(pages, 3); rooms == nil || len(rooms) > 0 || next != "" {
			t.Errorf("%v is merged to %v, %q", pages, rooms, next)
		}
	}
}

func TestDigestsTellEmitsApart(t *testing.T) {
	seen := make(map[string]string)
	for _, to := range []Target{{Room: "a"}, {User: "a"}, {Socket: "a"}, {Room: "ab"}} {
		for _, event := range []string{"b", "bc"} {
			for _, args := range [][][]byte{nil, {[]byte("1")}, {[]byte("1"), []byte("2")}, {[]byte("12")}, {nil}} {
				e := &protos.Emit{To: to.message(), Event: event, Args: args}
				name := fmt.Sprintf("%v %s %q", to, event, args)
				sum := string(digest(e))
				if other, there := seen[sum]; there {
					t.Errorf("%s has the digest of %s", name, other)
				}
				seen[sum] = name
				if e.Key = "k"; string(digest(e)) != sum {
					t.Error("the key is digested, too")
				}
			}
		}
	}
}
