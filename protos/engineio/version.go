package engineio

// Version is an Engine.IO protocol version. Only [V3] and [V4] exist; methods
// of any other value behave as those of V4.
type Version int

const (
	V3 Version = 3 // spoken by Socket.IO clients v1 and v2
	V4 Version = 4 // spoken by Socket.IO clients v3 and v4
)

// ParseVersion reads the query parameter EIO, which must be exactly "3" or
// "4". The error for anything else, a missing one included, is
// [UnsupportedVersion].
func ParseVersion(s string) (Version, error) {
	switch s {
	case "3":
		return V3, nil
	case "4":
		return V4, nil
	}
	return 0, UnsupportedVersion
}
