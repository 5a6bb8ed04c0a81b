package main

import (
	"time"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
)

// bare sends every message back.
type bare struct{ socket *socket.Socket }

func newBare(s *socket.Socket) socket.Conversation { return bare{s} }

// Message sends a message back as it came.
func (b bare) Message(m engineio.Packet) { b.socket.Send(m) }

// Open has nothing to do.
func (bare) Open() {}

// Due returns that nothing is ever due.
func (bare) Due() time.Time { return time.Time{} }

// Tick has nothing to do.
func (bare) Tick(time.Time) {}

// Leave has nothing to do.
func (bare) Leave(session.Reason) {}
