package room

// Done takes how an order of a backend went: to how many sockets here it was handed, and
// false if the roster failed or ended before it was to all. It is called once, by any
// goroutine, and must not wait.
type Done func(sockets int, whole bool)

type (
	// Emission is an event of a backend to all that are in the room here. It is a message
	// to them: who reads too slowly loses it, and is told so. Node → Roster.
	Emission struct {
		Room  string
		Event string
		Args  [][]byte // JSON
		Done  Done
	}

	// Clearance has all that are in the room here sent away for good. Node → Roster.
	Clearance struct {
		Room string
		Done Done
	}

	// SentAway tells a socket that it is to go for the sake of a room, if it sits there
	// still. Roster → Socket.
	SentAway struct{ Seat *Seat }
)

func (r *roster) emit(msg *Emission) {
	said := &packet{name: msg.Event, args: AppendRaw(nil, msg.Args), shared: len(r.seats.list) > 2}
	r.deliveries.add(&delivery{packet: said, emission: msg})
}

// clear sends all away in turns, as they are told things.
func (r *roster) clear(msg *Clearance) { r.deliveries.add(&delivery{clearance: msg}) }

func (r *roster) sendAway(d *delivery, st *Seat) {
	st.socket.Tell(SentAway{Seat: st})
	d.sockets++
}
