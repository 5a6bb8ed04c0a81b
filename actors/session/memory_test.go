package session

import (
	"testing"
	"time"
	"unsafe"

	"github.com/rollcall/rollcall/protos/engineio"
)

// There is one Client for each connection, and most of them rest.
func TestClientThatRestsIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Client{}); size > 160 {
		t.Errorf("a client has %d bytes, which is more than 160", size)
	}
	c, _ := converse(engineio.V4)
	say(c, "0", `51-["x",{"_placeholder":true,"num":0}]`, "b:abc", "0/custom,", "1/custom,")
	if c.questions != nil {
		t.Error("a client that was asked nothing has room for questions")
	}
	c.EmitAck("/", "x", Payload{}, time.Time{}, func(Payload, error) {})
	say(c, "30[]")
	if c.questions.open != nil {
		t.Error("a client that has answered has room for questions")
	}
	if n := len(c.namespaces); n != 1 {
		t.Errorf("a client in one namespace remembers %d", n)
	}
}
