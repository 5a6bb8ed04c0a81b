package socketio_test

import (
	"encoding/json"
	"fmt"

	"github.com/rollcall/rollcall/protos/socketio"
)

// An event with an attachment comes in two messages, and is whole with the second.
func ExampleDecoder() {
	var d socketio.Decoder
	_, whole, err := d.Text([]byte(`51-/chat,12["upload",{"_placeholder":true,"num":0}]`))
	fmt.Println(whole, err)
	p, whole, err := d.Binary([]byte{1, 2, 3})
	fmt.Println(whole, err)
	name, args, err := p.Event()
	fmt.Println(p.Namespace, name, len(args), p.Attachments, err)
	// Output:
	// false <nil>
	// true <nil>
	// /chat upload 1 [[1 2 3]] <nil>
}

// An event that wants an answer.
func ExampleAppendEvent() {
	room := json.RawMessage(`"Maths"`)
	fmt.Printf("%s\n", socketio.AppendEvent(nil, "/", socketio.IDOf(7), "join", room))
	// Output: 27["join","Maths"]
}
