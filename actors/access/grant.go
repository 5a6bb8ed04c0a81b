package access

import (
	"encoding/json"
	"time"
)

// Grant is what somebody was vouched to be. It is not changed once it is made.
type Grant struct {
	User  string // id_user, as it was vouched for; it need not be one that a user can have
	Rooms Rooms

	Issued  time.Time // when that was; the zero time if it was not said
	Expires time.Time // until when it holds; the zero time for ever

	// What is known of the user besides, nil if nothing: kept where users need no row.
	Name    *string
	Profile json.RawMessage
}

// May reports whether the grant has all of some rights in a room.
func (g Grant) May(rights Rights, room string) bool { return g.Rooms.In(room).Have(rights) }
