//go:build unix

package clients

// Version is a version of socket.io-client, as package.json names it.
type Version string

// The versions that the tests connect.
const (
	V21 Version = "2.1" // the seed's
	V25 Version = "2.5"
	V31 Version = "3.1"
	V48 Version = "4.8"
)

// Python is python-socketio, whatever version is installed: see [StartPython].
const Python Version = "python"

// Versions returns the official ones.
func Versions() []Version { return []Version{V21, V25, V31, V48} }
