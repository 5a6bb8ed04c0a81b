package room

import (
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/protos"
)

const (
	// deliveryOverhead is what a delivery costs beside its own bytes: the way through
	// an outbox, a frame's header, and a part of a system call.
	deliveryOverhead = 256

	// moveSize is about how many bytes tell of a join or leave, without names.
	moveSize = 160
)

// bill charges a socket of the room for something that each of the others hears of, so
// many times. It is done where the receivers are known, by the roster of the sender.
func (r *roster) bill(st *Seat, times, bytes int) {
	if st != nil {
		st.socket.Charge(quota.FanOut, times*(bytes+deliveryOverhead)*r.receivers())
	}
}

// receivers returns how many hear what is said in the room, here and on other nodes.
func (r *roster) receivers() int {
	count := len(r.seats.list) + len(r.view.Others()) // nodes have to be told, too
	for _, m := range r.mirrors {
		count += len(m.entries)
	}
	return count
}

// billJoin charges a join, and its leave: who is cut off cannot be charged for that.
func (r *roster) billJoin(st *Seat) {
	r.bill(st, 2, moveSize+len(r.room)+len(st.User))
}

// billRelay charges a socket here for its identity-change event.
func (r *roster) billRelay(msg *protos.Relay) {
	bytes := len(msg.GetPayload())
	for _, arg := range msg.GetArgs() {
		bytes += len(arg)
	}
	for _, attachment := range msg.GetAttachments() {
		bytes += len(attachment)
	}
	r.bill(r.seats.get(msg.GetIdSocket()), 1, bytes)
}
