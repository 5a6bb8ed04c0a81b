package listen

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestAddressInUseIsNamed(t *testing.T) {
	first, err := Open(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	address := first.Addr().String()
	_, err = Open(t.Context(), address)
	if message := problem.MessageOf(err); !strings.Contains(message, address+" is in use; stop") {
		t.Errorf("error %q does not name %s and what to do", message, address)
	}
}

func TestForeignAddressIsExplained(t *testing.T) {
	_, err := Open(t.Context(), "192.0.2.1:5009") // TEST-NET-1, RFC 5737
	if message := problem.MessageOf(err); !strings.Contains(message, "no address of this machine") {
		t.Errorf("error %q", message)
	}
}
