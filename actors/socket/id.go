package socket

import (
	"crypto/rand"
	"encoding/base64"
)

// IDLength is the length of every socket id, in bytes: 15 random bytes in
// unpadded URL-safe base64. It is fixed so that the ids of a roster travel as
// one string ([protos.Part]).
const IDLength = 20

// newID returns a random id that nobody can guess, of IDLength bytes.
func newID() string {
	var id [15]byte
	rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}
