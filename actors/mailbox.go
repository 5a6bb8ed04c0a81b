package actors

import (
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// patientMailbox is for an actor under a name that other nodes know. protoactor
// lets an actor be found before its mailbox is complete, and what comes in between
// fails where it is delivered: in the stream from the other node, which breaks.
// This one keeps it until the actor has started.
type patientMailbox struct {
	actor.Mailbox

	started atomic.Bool
	mu      sync.Mutex
	early   []any
}

func newPatientMailbox() actor.Mailbox {
	return &patientMailbox{Mailbox: actor.Unbounded()()}
}

// PostUserMessage takes a message for the actor.
func (m *patientMailbox) PostUserMessage(message any) {
	if !m.started.Load() && m.keep(message) {
		return
	}
	m.Mailbox.PostUserMessage(message)
}

func (m *patientMailbox) keep(message any) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.started.Load() {
		return false
	}
	m.early = append(m.early, message)
	return true
}

// Start is called when the mailbox is complete.
func (m *patientMailbox) Start() {
	m.Mailbox.Start()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, message := range m.early {
		m.Mailbox.PostUserMessage(message)
	}
	m.early = nil
	m.started.Store(true)
}
