package room

// sighting is a socket on another node, and what our clients know of it.
type sighting struct {
	Entry
	version uint64 // the latest of the roster at which it was told to be there
	told    bool
	late    bool // untold, and one settle has passed it over already

	// presumed: they were not told of it here, but see it in a roll of their own,
	// unless they took that before it joined. Its event, if it comes, is told.
	presumed bool
}

// presume notes that the clients have seen the roster at this version, perhaps.
func (s *sighting) presume(version uint64) {
	if !s.told {
		s.told, s.presumed, s.version = true, true, version
	}
}

// tell notes that the clients were told that the socket is there at this version.
func (s *sighting) tell(version uint64) {
	s.told, s.presumed, s.late, s.version = true, false, false, max(s.version, version)
}

// ghost is a socket that our clients take for present and that is not.
type ghost struct {
	Entry
	version  uint64 // as of a sighting
	presumed bool   // likewise: its event, if it comes, is told; not that of a return
	late     bool   // one settle has passed it over already
}
