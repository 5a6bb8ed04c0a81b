package socketio

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestPacketIsWholeWithItsLastAttachment(t *testing.T) {
	for _, v := range []Version{V4, V5} {
		d := Decoder{Version: v}
		text := `52-/admin,3["x",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]`
		if p, whole, err := d.Text([]byte(text)); whole || err != nil {
			t.Fatalf("after the text: %+v, %v, %v", p, whole, err)
		}
		if p, whole, err := d.Binary([]byte{1}); whole || err != nil {
			t.Fatalf("after the first attachment: %+v, %v, %v", p, whole, err)
		}
		p, whole, err := d.Binary([]byte{})
		want := Packet{
			Type: BinaryEvent, Namespace: "/admin", ID: id(3),
			Data:        []byte(text[len("52-/admin,3"):]),
			Attachments: [][]byte{{1}, {}},
		}
		if !whole || err != nil || !reflect.DeepEqual(p, want) {
			t.Fatalf("after the last attachment: %+v, %v, %v; want %+v", p, whole, err, want)
		}
		if !reflect.DeepEqual(d, Decoder{Version: v}) {
			t.Errorf("the decoder holds on to the packet: %+v", d)
		}
		if p, whole, err := d.Text([]byte(`2["x"]`)); !whole || err != nil || p.Attachments != nil {
			t.Fatalf("the next packet: %+v, %v, %v", p, whole, err)
		}
	}
}

// What awaits attachments keeps nothing alive but itself, and says how much that is.
func TestPacketThatAwaitsAttachmentsIsACopy(t *testing.T) {
	const data = `["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`
	payload := []byte("52-/admin,3" + data)
	var d Decoder
	if _, _, err := d.Text(payload); err != nil || d.Held() != len(data) {
		t.Fatalf("%d bytes are held, %v", d.Held(), err)
	}
	clear(payload)
	if _, _, err := d.Binary(make([]byte, 1000)); err != nil || d.Held() != len(data)+1000 {
		t.Fatalf("%d bytes are held with an attachment, %v", d.Held(), err)
	}
	p, whole, err := d.Binary(nil)
	if !whole || err != nil || string(p.Data) != data || string(p.ID.Digits) != "3" || d.Held() != 0 {
		t.Errorf("%+v, %v, %v; %d bytes are held", p, whole, err, d.Held())
	}
}

func TestMessagesOutOfOrderAreErrors(t *testing.T) {
	var d Decoder
	if _, whole, err := d.Binary([]byte{1}); whole || !errors.Is(err, UnexpectedBinary) {
		t.Errorf("binary first: %v, %v", whole, err)
	}
	if _, _, err := d.Text([]byte(`51-["x",{"_placeholder":true,"num":0}]`)); err != nil {
		t.Fatal(err)
	}
	if _, whole, err := d.Text([]byte(`2["y"]`)); whole || !errors.Is(err, TextBetween) {
		t.Errorf("text between: %v, %v", whole, err)
	}
	if p, whole, err := d.Binary([]byte{1}); whole || !errors.Is(err, UnexpectedBinary) {
		t.Errorf("the interrupted packet lives on: %+v, %v, %v", p, whole, err)
	}
}

func TestEachAttachmentHasOnePlaceholder(t *testing.T) {
	tests := []struct {
		text string
		want error
	}{
		{`51-["x",{"_placeholder":true,"num":0}]`, nil},
		{`51-["x", { "num" : 0 , "_placeholder" : true } ]`, nil},
		{`51-["x",{"a":[{"b":{"_placeholder":true,"num":0}}],"c":"]}\"["}]`, nil},
		{`51-["x",{"\u005fplaceholder":true,"n\u0075m":0}]`, nil},
		{`51-["x",{"_placeholder":false,"_placeholder":true,"num":9,"num":0}]`, nil},
		{`51-["x",{"_placeholder":true,"num":0},{"_placeholder":false,"num":0},{"num":0}]`, nil},
		{`51-["x",{"_placeholder":true,"num":0},{"_placeholder":1},{"_placeholder":"true"}]`, nil},
		{`51-["x",[],{},[[]],{"_placeholder":true,"num":0}]`, nil},
		{`61-1[{"_placeholder":true,"num":0}]`, nil},
		{`52-["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`, nil},

		{`51-["x"]`, BadPlaceholder},
		{`52-["x",{"_placeholder":true,"num":0}]`, BadPlaceholder},
		{`51-["x","_placeholder",true,"num",0]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"_placeholder":false,"num":0}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":1}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":-1}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":0.5}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":0e0}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":"0"}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":null}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":99999999999999999999}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`, BadPlaceholder},
		{`52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`, BadPlaceholder},
		{`51-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, BadPlaceholder},
	}
	for _, test := range tests {
		var d Decoder
		if _, whole, err := d.Text([]byte(test.text)); whole || !errors.Is(err, test.want) {
			t.Errorf("%s: %v, %v; want %v", test.text, whole, err, test.want)
		}
	}
}

func TestTheLimitOfAttachmentsIsConfigurable(t *testing.T) {
	message := func(n int) []byte {
		text := fmt.Sprintf(`5%d-["x"`, n)
		for i := range n {
			text += "," + string(Placeholder(i))
		}
		return []byte(text + "]")
	}
	tests := []struct{ limit, allowed int }{{0, DefaultMaxAttachments}, {2, 2}, {100, 100}, {-1, 0}}
	for _, test := range tests {
		d := Decoder{MaxAttachments: test.limit}
		if _, _, err := d.Text(message(test.allowed + 1)); !errors.Is(err, TooManyAttachments) {
			t.Errorf("limit %d: %d attachments: %v", test.limit, test.allowed+1, err)
		}
		if test.allowed == 0 {
			continue
		}
		if _, _, err := d.Text(message(test.allowed)); err != nil {
			t.Errorf("limit %d: %d attachments: %v", test.limit, test.allowed, err)
		}
	}
}

func TestAttachmentsAreLimitedInBytesTogether(t *testing.T) {
	text := []byte(`53-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]`)
	tests := []struct {
		name  string
		limit int
		sizes []int // of the attachments, up to the first that is refused
		want  error
	}{
		{"at the limit", 10, []int{4, 6, 0}, nil},
		{"the last is too large", 10, []int{4, 6, 1}, AttachmentsTooLarge},
		{"the first is too large", 10, []int{11}, AttachmentsTooLarge},
		{"no limit", 0, []int{1000, 1000, 1000}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Decoder{MaxBytes: test.limit}
			for range 2 { // the second packet does not pay for the first
				_, whole, err := d.Text(text)
				for _, size := range test.sizes {
					if whole || err != nil {
						t.Fatalf("before an attachment of %d bytes: %v, %v", size, whole, err)
					}
					_, whole, err = d.Binary(make([]byte, size))
				}
				if whole != (test.want == nil) || !errors.Is(err, test.want) {
					t.Fatalf("%v, %v; want %v", whole, err, test.want)
				}
				if d.pending != nil {
					t.Error("the decoder holds on to the packet")
				}
			}
		})
	}
}

// docs/wire.md, "Packets": what is announced costs nothing, only what arrives does.
func TestAnnouncedAttachmentsAreNotAllocated(t *testing.T) {
	text := func(n int) []byte {
		message := fmt.Sprintf(`5%d-["x"`, n)
		for i := range n {
			message += "," + string(Placeholder(i))
		}
		return []byte(message + "]")
	}
	for _, n := range []int{1, 10} {
		d := Decoder{}
		if _, _, err := d.Text(text(n)); err != nil {
			t.Fatal(err)
		}
		if room := cap(d.pending.packet.Attachments); room != 0 {
			t.Errorf("%d attachments were announced, and there is room for %d", n, room)
		}
	}
	refused := []byte(`5999999999999-["x"]`)
	var d Decoder
	if allocs := allocations(func() { _, _, _ = d.Text(refused) }); allocs != 0 {
		t.Errorf("%v allocations for a number of attachments that is refused", allocs)
	}
}

// A walk that skips over a value before it looks into it would need time
// quadratic in the depth: here some 10^10 steps.
func TestDeepPlaceholderIsFoundInOnePass(t *testing.T) {
	const depth = 9_000
	data := `["x",` + strings.Repeat("[", depth) + `{"_placeholder":true,"num":0}` +
		`,"` + strings.Repeat("a", 1_000_000) + `"` + strings.Repeat("]", depth) + `]`
	if err := checkPlaceholders([]byte(data), 1); err != nil {
		t.Error(err)
	}
}
