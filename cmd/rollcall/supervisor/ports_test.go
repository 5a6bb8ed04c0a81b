package supervisor

import (
	"net"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestPortInUseIsNamed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenUDP, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer takenUDP.Close()

	for name, port := range map[string]Port{
		"TCP": {Address: taken.Addr().String(), Use: "the pages", Flag: "--listen"},
		"UDP": {Address: takenUDP.LocalAddr().String(), Use: "the gossip of node-1", Flag: "--gossip-port", UDP: true},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckPorts(t.Context(), []Port{port})
			if got := problem.CodeOf(err); got != problem.Unavailable {
				t.Fatalf("code %q of %v", got, err)
			}
			message := problem.MessageOf(err)
			for _, want := range []string{"port " + port.number(), port.Use, "in use", port.Flag} {
				if !strings.Contains(message, want) {
					t.Errorf("%q does not say %q", message, want)
				}
			}
		})
	}
}

func TestFreePortsStayFree(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := Port{Address: free.Addr().String(), UDP: true}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := CheckPorts(t.Context(), []Port{port}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPortWantedTwiceIsNamed(t *testing.T) {
	err := CheckPorts(t.Context(), []Port{
		{Address: Loopback(6011), Use: "the actors of node-1", Flag: "--actor-port"},
		{Address: Loopback(6011), Use: "the pages of node-3", Flag: "--node-port"},
	})
	if got := problem.CodeOf(err); got != problem.Invalid || !strings.Contains(err.Error(), "port 6011 is wanted both") {
		t.Errorf("CheckPorts = %v", err)
	}
}
