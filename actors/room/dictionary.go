package room

import "hash/maphash"

// dictionary numbers different texts from 0, in the order in which they come. It
// does so for a known number of texts, at a third of the cost of a map.
type dictionary struct {
	seed  maphash.Seed
	slots []uint32 // by hash, then onwards: one more than the number of a text, 0 for none
	texts []string // by number
	bytes int      // of texts
}

// newDictionary returns the dictionary of at most n texts.
func newDictionary(n int) *dictionary {
	size := 8
	for size < 2*n {
		size *= 2
	}
	return &dictionary{seed: maphash.MakeSeed(), slots: make([]uint32, size)}
}

// number returns the number of a text.
func (d *dictionary) number(text string) uint32 {
	last := uint64(len(d.slots) - 1)
	for at := maphash.String(d.seed, text) & last; ; at = (at + 1) & last {
		switch slot := d.slots[at]; {
		case slot == 0:
			d.texts = append(d.texts, text)
			d.bytes += len(text)
			d.slots[at] = uint32(len(d.texts))
			return uint32(len(d.texts) - 1)
		case d.texts[slot-1] == text:
			return slot - 1
		}
	}
}
