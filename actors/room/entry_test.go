package room

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
)

// idOf returns a socket id that is made of n; ids sort as their numbers.
func idOf(n int) string { return fmt.Sprintf("%0*d", socket.IDLength, n) }

// entriesOf are sockets with these numbers, each of another user.
func entriesOf(numbers ...int) []Entry {
	entries := make([]Entry, len(numbers))
	for i, n := range numbers {
		entries[i] = Entry{Socket: idOf(n), User: strconv.Itoa(n), Since: int64(1000 + n)}
	}
	return entries
}

// anyEntries draws sorted entries with ids as newID makes them.
func anyEntries() *rapid.Generator[[]Entry] {
	entry := rapid.Custom(func(t *rapid.T) Entry {
		return Entry{
			Socket: rapid.StringMatching(fmt.Sprintf(`[A-Za-z0-9_-]{%d}`, socket.IDLength)).Draw(t, "id"),
			User:   rapid.StringMatching(`[0-9A-Za-z@."\\|日本 -]{1,20}`).Draw(t, "user"),
			Since:  rapid.Int64Range(0, 1<<45).Draw(t, "since"),
		}
	})
	distinct := rapid.SliceOfNDistinct(entry, 0, 20, func(e Entry) string { return e.Socket })
	return rapid.Map(distinct, func(entries []Entry) []Entry {
		slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Socket, b.Socket) })
		return entries
	})
}

func TestPartCarriesEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyEntries().Draw(t, "entries")
		wire, err := proto.Marshal(EncodePart(want))
		if err != nil {
			t.Fatal(err)
		}
		var part protos.Part
		if err := proto.Unmarshal(wire, &part); err != nil {
			t.Fatal(err)
		}
		got, err := DecodePart(&part)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v became %v, error %v", want, got, err)
		}
	})
}

func TestMalformedPartIsAnError(t *testing.T) {
	id := func(n int) string { return idOf(n) }
	tests := map[string]*protos.Part{
		"ids cut off":         {Ids: id(1)[1:], Users: "a", Lengths: []uint32{1}, User: []uint32{0}, Since: []int64{1}},
		"id too many":         {Ids: id(1) + id(2), Users: "a", Lengths: []uint32{1}, User: []uint32{0}, Since: []int64{1}},
		"user too many":       {Ids: id(1), Users: "a", Lengths: []uint32{1}, User: []uint32{0, 0}, Since: []int64{1}},
		"time missing":        {Ids: id(1), Users: "a", Lengths: []uint32{1}, User: []uint32{0}},
		"users without ids":   {Users: "a", Lengths: []uint32{1}, User: []uint32{0}, Since: []int64{1}},
		"ids without users":   {Ids: id(1)},
		"ids not sorted":      {Ids: id(2) + id(1), Users: "a", Lengths: []uint32{1}, User: []uint32{0, 0}, Since: []int64{1, 2}},
		"times without rest":  {Since: []int64{1}},
		"no such user":        {Ids: id(1), Users: "a", Lengths: []uint32{1}, User: []uint32{1}, Since: []int64{1}},
		"user without a name": {Ids: id(1), Lengths: []uint32{0}, User: []uint32{0}, Since: []int64{1}},
		"names cut off":       {Ids: id(1), Users: "a", Lengths: []uint32{2}, User: []uint32{0}, Since: []int64{1}},
		"name too many":       {Ids: id(1), Users: "ab", Lengths: []uint32{1}, User: []uint32{0}, Since: []int64{1}},
		"length too many":     {Ids: id(1), Users: "a", Lengths: []uint32{1, 4294967295}, User: []uint32{0}, Since: []int64{1}},
	}
	for name, part := range tests {
		t.Run(name, func(t *testing.T) {
			if entries, err := DecodePart(part); err == nil {
				t.Errorf("accepted as %v", entries)
			}
		})
	}
}

func TestMissingPartIsEmpty(t *testing.T) {
	for _, part := range []*protos.Part{nil, {}} {
		if entries, err := DecodePart(part); err != nil || len(entries) != 0 {
			t.Errorf("%v: %v, %v", part, entries, err)
		}
	}
}

func FuzzDecodePart(f *testing.F) {
	for _, entries := range [][]Entry{nil, entriesOf(1), entriesOf(1, 2, 3)} {
		wire, err := proto.Marshal(EncodePart(entries))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		var part protos.Part
		if proto.Unmarshal(wire, &part) != nil {
			return
		}
		entries, err := DecodePart(&part)
		if err != nil {
			return
		}
		again, err := DecodePart(EncodePart(entries))
		if err != nil || !slices.Equal(entries, again) {
			t.Fatalf("%v became %v, error %v", entries, again, err)
		}
	})
}

func TestEntryIsTheSeedsJSON(t *testing.T) {
	e := Entry{Socket: "gQJ3-_AbCdEfGhIjKlMn", User: `auth0|"7"`, Since: 12}
	const want = `{"id_socket":"gQJ3-_AbCdEfGhIjKlMn","id_user":"auth0|\"7\"","data":{}}`
	if got := string(e.appendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestChangeCarriesItsEntry(t *testing.T) {
	e := Entry{Socket: idOf(3), User: "4", Since: 5}
	c := changeOf(protos.RosterChange_DISCONNECTED, e, 6, 7, true)
	if diff := gocmp.Diff(e, entryOf(c)); diff != "" {
		t.Error(diff)
	}
	if c.GetKind() != protos.RosterChange_DISCONNECTED || c.GetPrevious() != 6 || c.GetVersion() != 7 || !c.GetFirst() {
		t.Errorf("change is %v", c)
	}
}

// A reply to a roll call, written by one node and read by another: each socket of
// another user, and all sockets of ten users.
func BenchmarkPart(b *testing.B) {
	for _, sockets := range []int{1000, 5000} {
		for _, users := range []int{10, sockets} {
			b.Run(fmt.Sprintf("%d sockets of %d users", sockets, users), func(b *testing.B) {
				entries := make([]Entry, sockets)
				for i := range entries {
					entries[i] = Entry{Socket: idOf(i), User: userNumber(i % users), Since: int64(1000 + i)}
				}
				b.ReportAllocs()
				for b.Loop() {
					wire, err := proto.Marshal(EncodePart(entries))
					if err != nil {
						b.Fatal(err)
					}
					var part protos.Part
					if err := proto.Unmarshal(wire, &part); err != nil {
						b.Fatal(err)
					}
					if got, err := DecodePart(&part); err != nil || len(got) != sockets {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func userNumber(n int) string { return strconv.Itoa(1 + n) }
