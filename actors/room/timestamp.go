package room

import "time"

// Timestamp is a time as clients get it, as JavaScript's Date writes it (RFC 3339, in
// UTC, with milliseconds): 2026-11-24T08:00:00.000Z.
type Timestamp string

// TimestampOf returns the timestamp of a time.
func TimestampOf(t time.Time) Timestamp { return Timestamp(appendTimestamp(nil, t)) }

// JSON returns the timestamp as a JSON string.
func (t Timestamp) JSON() []byte { return append(append([]byte{'"'}, t...), '"') }

func appendTimestamp(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}
