package actors

import (
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/socket"
)

// Packages returns those of protobuf whose messages the actors here take from other
// nodes.
func Packages() []string { return []string{"rollcall"} }

// Doors returns the names of the actors that other nodes write to, and to the children
// of which. All others are only answered.
func Doors() []string { return []string{membership.Door, socket.Door} }
