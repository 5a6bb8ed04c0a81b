package engineio_test

import (
	"fmt"

	"github.com/rollcall/rollcall/protos/engineio"
)

// What a client posts by long-polling: several packets in one payload.
func ExampleDecodePayload() {
	packets, err := engineio.DecodePayload([]byte("4hello\x1ebAQID\x1e2"), engineio.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range packets {
		fmt.Printf("%s %t %q\n", p.Type, p.Binary, p.Data)
	}
	// Output:
	// message false "hello"
	// message true "\x01\x02\x03"
	// ping false ""
}

func ExampleVersion_AppendText() {
	ping := engineio.Packet{Type: engineio.Ping, Data: []byte("probe")}
	fmt.Printf("%s\n", engineio.V4.AppendText(nil, ping))
	// Output: 2probe
}

// Why a request is refused, as official clients know it.
func ExampleRefusal() {
	_, err := engineio.ParseVersion("2")
	fmt.Println(err)
	// Output: Unsupported protocol version
}
