//go:build linux

package attacks

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/cmd/bench/wsclient"
)

// Opcodes of RFC 6455 §5.2.
const (
	opMore   = 0x0 // goes on with a message
	opText   = 0x1
	opBinary = 0x2
	opPing   = 0x9
	opPong   = 0xA

	fin        = wsclient.Fin
	compressed = 0x40 // RFC 7692
)

// frame returns a frame as a client sends it, which can be written over and over.
func frame(first byte, payload string) []byte {
	return wsclient.AppendFrame(nil, first, []byte(payload))
}

// text returns a whole text message.
func text(message string) []byte { return frame(fin|opText, message) }

// intruder is a websocket of an attacker.
type intruder struct {
	net.Conn
	in *bufio.Reader
}

// enter opens a websocket and joins a room as mallory, and returns when it was welcomed.
func (b *band) enter(room string) (*intruder, error) {
	w, err := b.open(url.Values{"room": {room}, "id_user": {mallory}}, "")
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text("40")); err != nil {
		return nil, err
	}
	if err := w.await(`42["handshake"`); err != nil {
		return nil, err
	}
	b.count("sockets", 1)
	return w, nil
}

// upgrade makes a polling session at another node and gives it a websocket here, as most
// clients do that no proxy leads back to the node that they came to first, and returns
// when it has joined a room.
func (b *band) upgrade(room string) (*intruder, error) {
	home := b.at(b.cluster.Nodes[(slices.Index(b.cluster.Nodes, b.node)+1)%nodes])
	at, err := home.session("/socket.io/?EIO=4&transport=polling&id_user=" + mallory + "&room=" + url.QueryEscape(room))
	if err != nil {
		return nil, err
	}
	_, sid, _ := strings.Cut(at, "&sid=")
	w, err := b.open(url.Values{"sid": {sid}}, "")
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append(text("2probe"), text("5")...)); err != nil {
		return nil, err
	}
	if err := w.await(`42["handshake"`); err != nil {
		return nil, err
	}
	b.count("websockets of sockets elsewhere", 1)
	return w, nil
}

// open opens a websocket, with a further header line.
func (b *band) open(query url.Values, header string) (*intruder, error) {
	conn, err := b.dial()
	if err != nil {
		return nil, err
	}
	if query == nil {
		query = url.Values{}
	}
	query.Set("EIO", "4")
	query.Set("transport", "websocket")
	_, err = fmt.Fprintf(conn, "GET /socket.io/?%s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n", query.Encode(), b.node.Addr, header)
	if err != nil {
		return nil, err
	}
	w := &intruder{Conn: conn, in: bufio.NewReaderSize(conn, 4<<10)}
	status, err := w.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 101 ") {
		_ = conn.Close()
		b.count("refused", 1)
		return nil, errNotWelcome
	}
	for line := ""; line != "\r\n"; {
		if line, err = w.in.ReadString('\n'); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// await reads messages until one begins with prefix.
func (w *intruder) await(prefix string) error {
	for {
		message, err := w.next()
		if err != nil {
			return err
		}
		if strings.HasPrefix(message, prefix) {
			return nil
		}
	}
}

// next reads one message of the server, a short one.
func (w *intruder) next() (string, error) {
	var start [2]byte
	if _, err := io.ReadFull(w.in, start[:]); err != nil {
		return "", err
	}
	length := int(start[1])
	switch length {
	case 126:
		var long [2]byte
		if _, err := io.ReadFull(w.in, long[:]); err != nil {
			return "", err
		}
		length = int(binary.BigEndian.Uint16(long[:]))
	case 127:
		var long [8]byte
		if _, err := io.ReadFull(w.in, long[:]); err != nil {
			return "", err
		}
		length = int(min(binary.BigEndian.Uint64(long[:]), 16<<20))
	}
	message := make([]byte, length)
	if _, err := io.ReadFull(w.in, message); err != nil {
		return "", err
	}
	if start[0]&0xf == 0x8 {
		return "", fmt.Errorf("closed: %q", message)
	}
	return string(message), nil
}

// join has the intruder be in further rooms, as far as the node lets it.
func (w *intruder) join(rooms []string) error {
	for i, room := range rooms {
		if _, err := w.Write(text(fmt.Sprintf(`42%d["join",%q]`, i, room))); err != nil {
			return err
		}
		if err := w.await(fmt.Sprintf("43%d[", i)); err != nil {
			return err
		}
	}
	return nil
}

// ramble has n intruders, whom enter lets in, send messages over and over. Whoever
// is thrown out comes again.
func (b *band) ramble(n int, enter func(*band) (*intruder, error), next func(turn int) []byte) {
	b.together(n, func(int) error {
		w, err := enter(b)
		if err != nil {
			return err
		}
		ended := make(chan struct{})
		b.busy.Go(func() { defer close(ended); _ = b.drain(w.Conn) })
		err = b.pour(w.Conn, next)
		_ = w.Close()
		<-ended
		return err
	})
}

// inRoom returns what has an intruder enter a room.
func inRoom(room string) func(*band) (*intruder, error) {
	return func(b *band) (*intruder, error) { return b.enter(room) }
}

// inRooms returns what has an intruder enter so many rooms, which are the same for all.
func inRooms(n int) func(*band) (*intruder, error) {
	var rooms []string
	for i := range n - 1 {
		rooms = append(rooms, fmt.Sprintf("den %d", i+1))
	}
	return func(b *band) (*intruder, error) {
		w, err := b.enter("den 0")
		if err == nil {
			err = w.join(rooms)
		}
		return w, err
	}
}

// always returns what has the same said in each turn.
func always(said []byte) func(int) []byte { return func(int) []byte { return said } }
