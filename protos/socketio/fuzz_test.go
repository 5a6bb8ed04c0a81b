package socketio

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzDecoder feeds a connection with one text and up to twelve attachments.
func FuzzDecoder(f *testing.F) {
	for _, text := range []string{
		``, `0`, `01`, `0{"token":"1"}`, `0/admin,`, `0/x?token=1,`, `0/?a,`, `0{"sid":"a"}`, `1`, `1/x,`, `1{}`,
		`2`, `2[]`, `2[null]`, `2["x"]`, `21["x"]`, `2/a,12["x",{"a":1}]`, `2[1]`, `2["connect"]`, `2["\u0063onnect"]`,
		`2["x","\ud800",1e999]`, `2007["x"]`, `218446744073709551616["x"]`, "2[ \"x\" ,\n1 ] ",
		`3`, `31`, `31["a"]`, `4"no"`, `4{"message":"no"}`, `7`,
		`51-["x",{"_placeholder":true,"num":0}]`, `52-/a,1["x",{"num":1,"_placeholder":true},[{"_placeholder":true,"num":0}]]`,
		`61-1[{"\u005fplaceholder":true,"num":0}]`, `51-["x",{"_placeholder":true,"num":1}]`, `5-["x"]`, `511-["x"]`,
		`2["x",[[[[{"a":{"b":[]}}]]]]]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, v := range []Version{V4, V5} {
			for _, from := range []Peer{Client, Server} {
				p, ok := decodeWhole(t, &Decoder{Version: v, From: from, MaxBytes: maxBytes}, text)
				if !ok {
					continue
				}
				checkAccepted(t, v, from, p)
				encoded := p.Append(nil)
				again, ok := decodeWhole(t, &Decoder{Version: v, From: from}, encoded)
				if !ok || !reflect.DeepEqual(p, again) {
					t.Fatalf("version %d: %+v became %+v by way of %q", v, p, again, encoded)
				}
			}
		}
	})
}

// maxBytes is less than what ten attachments of decodeWhole have together.
const maxBytes = 40

// decodeWhole decodes text and as many attachments as it wants.
func decodeWhole(t *testing.T, d *Decoder, text []byte) (p Packet, ok bool) {
	p, whole, err := d.Text(text)
	for n := byte(0); !whole && err == nil; n++ {
		if n == DefaultMaxAttachments {
			t.Fatalf("%q wants more than %d attachments", text, n)
		}
		p, whole, err = d.Binary(bytes.Repeat([]byte{n}, int(n)))
		if d.MaxBytes > 0 && d.pending != nil && d.pending.bytes > d.MaxBytes {
			t.Fatalf("%d bytes of attachments are kept, of at most %d", d.pending.bytes, d.MaxBytes)
		}
	}
	if err != nil && !reflect.DeepEqual(p, Packet{}) {
		t.Fatalf("%q: %+v with error %v", text, p, err)
	}
	return p, err == nil
}

// checkAccepted says what is true of each packet that a decoder accepts.
func checkAccepted(t *testing.T, v Version, from Peer, p Packet) {
	if !strings.HasPrefix(p.Namespace, "/") || strings.Contains(p.Namespace, ",") {
		t.Fatalf("namespace %q", p.Namespace)
	}
	if p.Query != "" && v != V4 || v == V4 && strings.Contains(p.Namespace, "?") {
		t.Fatalf("version %d: namespace %q, query %q", v, p.Namespace, p.Query)
	}
	if p.Data != nil && !json.Valid(p.Data) {
		t.Fatalf("payload %q", p.Data)
	}
	if p.Type.binary() != (len(p.Attachments) > 0) {
		t.Fatalf("%v with %d attachments", p.Type, len(p.Attachments))
	}
	if p.Type == ConnectError && (from == Client || (p.Data[0] == '"') != (v == V4)) {
		t.Fatalf("version %d: CONNECT_ERROR %s from peer %d", v, p.Data, from)
	}
	if p.Data == nil || p.Type != Event && p.Type != BinaryEvent {
		return
	}
	name, args, err := p.Event()
	if err != nil || IsReserved(name) {
		t.Fatalf("event %s: name %q, %v", p.Data, name, err)
	}
	var want []json.RawMessage
	if err := json.Unmarshal(p.Data, &want); err != nil {
		t.Fatalf("event %s: %v", p.Data, err)
	}
	if len(args) != len(want)-1 {
		t.Fatalf("event %s has %d arguments, want %d", p.Data, len(args), len(want)-1)
	}
	for i, arg := range args {
		if string(arg) != string(want[i+1]) {
			t.Fatalf("event %s: argument %d is %s, want %s", p.Data, i, arg, want[i+1])
		}
	}
}

// FuzzPlaceholders compares the walk over raw JSON with one over decoded JSON.
func FuzzPlaceholders(f *testing.F) {
	for _, data := range []string{
		`[]`, `{"_placeholder":true,"num":0}`, `[{"_placeholder":true,"num":1},{"a":{"num":0,"_placeholder":true}}]`,
		`{"_placeholder":true,"num":0,"a":{"_placeholder":true,"num":1}}`, `[{"\u005fplaceholder":true,"n\u0075m":0}, "]"]`,
		`["_placeholder":true,"num":1},{"a":{"num":0}]`, // once an endless loop
		`{"_placeholder":true,"_placeholder":1,"num":0}`, ` { "_placeholder" : true , "num" : 0 } `, `"\\"`, `{"_placeholder":true,"num":-0}`,
	} {
		f.Add([]byte(data), 1)
		f.Add([]byte(data), 2)
	}
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		var decoded any
		if n < 1 || n > DefaultMaxAttachments || !utf8.Valid(data) {
			return
		}
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		if !json.Valid(data) || d.Decode(&decoded) != nil {
			walk := placeholderWalk{data: data, attachments: n}
			walk.value(0) // must end, within bounds
			return
		}
		seen := map[json.Number]int{}
		countPlaceholders(decoded, seen)
		want, total := len(seen) == n, 0
		for i := range n {
			want = want && seen[json.Number(strconv.Itoa(i))] == 1
		}
		for _, count := range seen {
			total += count
		}
		if strings.Count(string(data), `_`)+strings.Count(string(data), `\`) > total {
			return // perhaps the same key twice: the decoded form has lost one
		}
		if err := checkPlaceholders(data, n); (err == nil) != want {
			t.Fatalf("%s with %d attachments: %v, want success %v", data, n, err, want)
		}
	})
}

func countPlaceholders(value any, seen map[json.Number]int) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			countPlaceholders(element, seen)
		}
	case map[string]any:
		for _, member := range value {
			countPlaceholders(member, seen)
		}
		if value["_placeholder"] == true {
			num, _ := value["num"].(json.Number)
			seen[num]++
		}
	}
}

// FuzzEvent looks into packets that no decoder has made.
func FuzzEvent(f *testing.F) {
	for _, data := range []string{``, `[`, `["`, `["\`, `["x",`, `[}`, `]`, `{"a":1}`, `"`, `[1`, `["x"]`, `[ "x" , [ ] ]`} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, args, err := Packet{Type: Event, Data: data}.Event()
		size := 0
		for _, arg := range args {
			size += len(arg)
		}
		if size > len(data) || err != nil && args != nil {
			t.Fatalf("%q has arguments %q, %v", data, args, err)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "abc", "\"\\/\b\f\n\r\t\x00\x1e\x7f", "é€😀\u2028<>&", "\xff", "a\xe2\x82", "\xed\xa0\x80", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := AppendString([]byte("4"), s)[1:]
		var got string
		if err := json.Unmarshal(quoted, &got); err != nil || !utf8.Valid(quoted) {
			t.Fatalf("%q became %q: %v", s, quoted, err)
		}
		if want := string([]rune(s)); got != want {
			t.Fatalf("%q became %q, want %q", s, got, want)
		}
	})
}
