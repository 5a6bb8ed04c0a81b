package socketio

import (
	"encoding/json"
	"strconv"
)

// The Append functions write the text of a packet behind dst and return the
// longer slice. They trust their caller: namespaces are UTF-8 without a comma,
// JSON is valid, attachments are sent right behind the text as binary messages.
// Names and messages may be any string.

// AppendEvent appends an event: 2["name",args…]. A nil argument becomes null.
// An answer is asked for if id is set. The name must not be one of the reserved
// ones, which clients refuse.
func AppendEvent(dst []byte, namespace string, id ID, name string, args ...json.RawMessage) []byte {
	dst = appendHead(dst, Event, 0, namespace, "", id)
	return appendNamed(dst, name, args)
}

// AppendBinaryEvent appends the text of an event with attachments, at least
// one, for each of which args must contain one [Placeholder].
func AppendBinaryEvent(dst []byte, namespace string, id ID, attachments int, name string, args ...json.RawMessage) []byte {
	dst = appendHead(dst, BinaryEvent, attachments, namespace, "", id)
	return appendNamed(dst, name, args)
}

// AppendAck appends the answer to the event with this id: 3<id>[args…].
func AppendAck(dst []byte, namespace string, id ID, args ...json.RawMessage) []byte {
	dst = appendHead(dst, Ack, 0, namespace, "", id)
	return appendArray(dst, args)
}

// AppendBinaryAck appends the text of an answer with attachments, at least one,
// for each of which args must contain one [Placeholder].
func AppendBinaryAck(dst []byte, namespace string, id ID, attachments int, args ...json.RawMessage) []byte {
	dst = appendHead(dst, BinaryAck, attachments, namespace, "", id)
	return appendArray(dst, args)
}

// AppendDisconnect appends what ends the membership in a namespace: 1.
func AppendDisconnect(dst []byte, namespace string) []byte {
	return appendHead(dst, Disconnect, 0, namespace, "", ID{})
}

// AppendConnect appends the server's consent to a namespace: 0{"sid":"…"} in
// version 5, where id is the public id of the socket; a bare 0 in version 4,
// whose clients know it already.
func AppendConnect(dst []byte, v Version, namespace, id string) []byte {
	dst = appendHead(dst, Connect, 0, namespace, "", ID{})
	if v == V4 {
		return dst
	}
	dst = append(dst, `{"sid":`...)
	dst = AppendString(dst, id)
	return append(dst, '}')
}

// AppendConnectError appends the server's refusal of a namespace:
// 4{"message":"…","data":…} in version 5, without data if it is nil; in version
// 4, whose clients know no data, 4"message".
func AppendConnectError(dst []byte, v Version, namespace, message string, data json.RawMessage) []byte {
	dst = appendHead(dst, ConnectError, 0, namespace, "", ID{})
	if v == V4 {
		return AppendString(dst, message)
	}
	dst = append(dst, `{"message":`...)
	dst = AppendString(dst, message)
	if data != nil {
		dst = append(dst, `,"data":`...)
		dst = append(dst, data...)
	}
	return append(dst, '}')
}

// appendHead appends everything that precedes the payload.
func appendHead(dst []byte, t Type, attachments int, namespace, query string, id ID) []byte {
	dst = append(dst, '0'+byte(t))
	if t.binary() {
		dst = strconv.AppendInt(dst, int64(attachments), 10)
		dst = append(dst, '-')
	}
	if namespace == "" {
		namespace = "/"
	}
	if namespace != "/" || query != "" {
		dst = append(dst, namespace...)
		if query != "" {
			dst = append(dst, '?')
			dst = append(dst, query...)
		}
		dst = append(dst, ',')
	}
	if id.Set {
		dst = append(dst, id.Digits...)
	}
	return dst
}

// appendNamed appends ["name",args…].
func appendNamed(dst []byte, name string, args []json.RawMessage) []byte {
	dst = AppendString(append(dst, '['), name)
	for _, arg := range args {
		dst = appendValue(append(dst, ','), arg)
	}
	return append(dst, ']')
}

// appendArray appends [args…].
func appendArray(dst []byte, args []json.RawMessage) []byte {
	dst = append(dst, '[')
	for i, arg := range args {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, arg)
	}
	return append(dst, ']')
}

func appendValue(dst []byte, value json.RawMessage) []byte {
	if value == nil {
		return append(dst, "null"...)
	}
	return append(dst, value...)
}
