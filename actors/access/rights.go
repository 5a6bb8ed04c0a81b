package access

import (
	"github.com/rollcall/rollcall/protos/problem"
)

// Rights is what somebody may do in a room.
type Rights uint8

const (
	Join   Rights = 1 << iota // be in the room
	Write                     // send to the others in it
	List                      // see who is in it
	Remove                    // take others out of it

	// Usual is what everybody may do everywhere unless it is said otherwise.
	Usual = Join | Write | List
)

// letters are how rights are written, each by the bit of its place.
const letters = "jwld"

// ParseRights reads rights as tokens have them: some of the letters j (join), w (write),
// l (list) and d (disconnect others), each once at most. The error is [problem.Invalid].
func ParseRights(text string) (Rights, error) {
	var rights Rights
	for _, letter := range []byte(text) {
		right := rightOf(letter)
		if right == 0 || rights&right != 0 {
			return 0, problem.New(problem.Invalid, "rights are letters of %q, each once, as \"jl\"", letters)
		}
		rights |= right
	}
	return rights, nil
}

// rightOf returns the right that a letter stands for, 0 for none.
func rightOf(letter byte) Rights {
	for i := range len(letters) {
		if letters[i] == letter {
			return 1 << i
		}
	}
	return 0
}

// String returns the rights as [ParseRights] reads them.
func (r Rights) String() string {
	var text []byte
	for i := range len(letters) {
		if r&(1<<i) != 0 {
			text = append(text, letters[i])
		}
	}
	return string(text)
}

// Have reports whether all of some rights are among these.
func (r Rights) Have(some Rights) bool { return r&some == some }
