//go:build unix

// Package e2e tests the program as its users run it: real processes, a real
// Redis, and the official Socket.IO clients.
package e2e

import (
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m, clients.Install) }
