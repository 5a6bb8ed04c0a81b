//go:build linux

package attacks

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
)

// announced returns a message that has n attachments, which are still to come.
func announced(n int) []byte {
	placeholders := make([]string, n)
	for i := range placeholders {
		placeholders[i] = fmt.Sprintf(`{"_placeholder":true,"num":%d}`, i)
	}
	return text(fmt.Sprintf(`45%d-["message","room 0",%s]`, n, strings.Join(placeholders, ",")))
}

// leaveUnfinished says a message in a room, but for the last of its attachments, and reads
// until the connection ends.
func (b *band) leaveUnfinished(room string) error {
	w, err := b.enter(room)
	if err != nil {
		return err
	}
	defer w.Close()
	_, _ = w.Write(announced(10))
	for range 9 {
		_, _ = w.Write(frame(fin|opBinary, strings.Repeat("x", 100_000)))
	}
	return b.drain(w.Conn)
}

// keys is an object with n keys.
func keys(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"k%d":%d`, i, i%10)
	}
	b.WriteByte('}')
	return b.String()
}

// padded is an object of that many bytes.
func padded(bytes int) string { return `{"pad":"` + strings.Repeat("x", bytes-10) + `"}` }

// listeners has n sockets at each node that read, and do nothing else.
func (b *band) listeners(n int, enter func(*band) (*intruder, error)) {
	var entering sync.WaitGroup
	for _, node := range b.cluster.Nodes {
		there := b.at(node)
		for range n {
			entering.Go(func() {
				w, err := enter(there)
				if err != nil {
					return
				}
				b.busy.Go(func() { _ = b.drain(w.Conn) })
			})
		}
	}
	entering.Wait()
}

// den has a socket enter a room of the attackers.
func den(b *band) (*intruder, error) { return b.enter("den") }

// carried is den for a socket at another node than its websocket's.
func carried(b *band) (*intruder, error) { return b.upgrade("den") }

// What a socket says in its rooms.
func events() []attack {
	const room = "room 0" // of the crowd
	return []attack{
		{name: "nothing, to compare with", does: func(*band) {}},
		{name: "identity-change with 90,000 keys, 968 kB, to 32 rooms, 8 sockets", does: func(b *band) {
			b.listeners(2, inRooms(32))
			b.ramble(8, inRooms(32), always(text(`42["identity-change",`+keys(90_000)+`]`)))
		}},
		{name: "identity-change with 45,000 keys, 478 kB, to 32 rooms, 8 sockets", short: true, does: func(b *band) {
			b.listeners(2, inRooms(32))
			b.ramble(8, inRooms(32), always(text(`42["identity-change",`+keys(45_000)+`]`)))
		}},
		{name: "messages of 500 kB to a room of the crowd, some of it on slow links", short: true, does: func(b *band) {
			slow := b.slowReaders(room)
			b.ramble(2, inRoom(room), always(text(fmt.Sprintf(`42["message",%q,%q]`, room, strings.Repeat("x", 500_000)))))
			slow()
		}},
		{name: "messages of 500 kB to 200 sockets whose websockets are at other nodes", does: func(b *band) {
			b.listeners(200/nodes, carried)
			b.ramble(4, inRoom("den"), always(text(fmt.Sprintf(`42["message","den",%q]`, strings.Repeat("x", 500_000)))))
		}},
		{name: "messages of 500 kB by sockets whose websockets are at other nodes", does: func(b *band) {
			b.ramble(64, carried, always(text(fmt.Sprintf(`42["message","nowhere",%q]`, strings.Repeat("x", 500_000)))))
		}},
		{name: "identity-change of 480 kB in a room of the crowd, some of it on slow links", does: func(b *band) {
			slow := b.slowReaders(room)
			b.ramble(2, inRoom(room), always(text(`42["identity-change",`+padded(480_000)+`]`)))
			slow()
		}},
		{name: "identity-change of 4 kB to 32 rooms with 10 listeners at each node", does: func(b *band) {
			b.listeners(10, inRooms(32))
			b.ramble(8, inRooms(32), always(text(`42["identity-change",`+padded(4000)+`]`)))
		}},
		{name: "100 identity-changes of 4 kB to 32 rooms by each of 30 sockets, which then come anew", does: func(b *band) {
			burst := bytes.Repeat(text(`42["identity-change",`+padded(4000)+`]`), 100)
			b.together(30, func(int) error {
				w, err := inRooms(32)(b)
				if err != nil {
					return err
				}
				defer w.Close()
				if _, err := w.Write(burst); err != nil {
					return err
				}
				crowd.Wait(b.ctx, 500*time.Millisecond)
				return nil
			})
		}},
		{name: "join and leave, over and over, 150 listeners", short: true, most: map[string]int{"bytes back": 128 << 20}, does: func(b *band) {
			b.listeners(50, den)
			b.ramble(8, inRoom("den 0"), always(append(text(`42["join","den"]`), text(`42["leave","den"]`)...)))
		}},
		{name: "join and leave of a room of the crowd, over and over", does: func(b *band) {
			b.ramble(16, inRoom("den 0"), always(append(text(`42["join","room 0"]`), text(`42["leave","room 0"]`)...)))
		}},
		{name: "joins of rooms that nobody is in, over and over", does: func(b *band) {
			b.ramble(16, inRoom("den 0"), func(turn int) []byte {
				return append(text(fmt.Sprintf(`42["join","den %d"]`, turn)), text(fmt.Sprintf(`42["leave","den %d"]`, turn))...)
			})
		}},
		{name: "identity-change of 24 bytes, by sockets that share 32 rooms", short: true, does: func(b *band) {
			b.ramble(16, inRooms(32), always(text(`42["identity-change",{}]`)))
		}},
		{name: "messages of one byte that want an answer", does: func(b *band) {
			b.ramble(16, inRoom(room), func(turn int) []byte {
				return text(fmt.Sprintf(`42%d["message",%q,"x"]`, turn, room))
			})
		}},
		{name: "messages whose answers nobody reads", does: func(b *band) {
			b.together(16, func(int) error {
				w, err := b.enter(room)
				if err != nil {
					return err
				}
				defer w.Close()
				return b.pour(w, func(turn int) []byte {
					return text(fmt.Sprintf(`42%d["message",%q,%q]`, turn, room, strings.Repeat("x", 2000)))
				})
			})
		}},
		{name: "events that nobody knows, with callbacks", does: func(b *band) {
			b.ramble(16, inRoom(room), func(turn int) []byte {
				return text(fmt.Sprintf(`42%d["event %d",{"a":[1,2,3]}]`, turn, turn))
			})
		}},
		{name: "answers to questions that nobody asked", does: func(b *band) {
			b.ramble(16, inRoom(room), func(turn int) []byte { return text(fmt.Sprintf(`43%d[{"ok":true}]`, turn)) })
		}},
		{name: "callbacks with numbers of 400 digits", does: func(b *band) {
			b.ramble(8, inRoom(room), always(text("42"+strings.Repeat("9", 400)+`["message","room 0","x"]`)))
		}},
		{name: "a billion attachments announced; ten, of which nine come", does: func(b *band) {
			b.ramble(8, inRoom(room), always(text(`451000000000-["message","room 0",{"_placeholder":true,"num":0}]`)))
			b.together(16, func(int) error { return b.leaveUnfinished(room) })
		}},
		{name: "ten attachments announced, of which nine large ones come, 200 websockets", grows: 160 << 20, does: func(b *band) {
			b.together(200, func(int) error {
				_ = b.leaveUnfinished(room)
				crowd.Wait(b.ctx, time.Second) // who gave way is not to keep the machine busy
				return nil
			})
		}},
		{name: "CONNECT to many namespaces", does: func(b *band) {
			b.ramble(8, inRoom(room), func(turn int) []byte { return text(fmt.Sprintf("40/space%d,{}", turn)) })
		}},
		{name: "CONNECT to the dashboard without a token", does: func(b *band) {
			b.ramble(8, inRoom(room), always(append(text(`40/dash,{"token":"a guess"}`), text("41/dash,")...)))
		}},
		{name: "DISCONNECT and CONNECT, over and over on one websocket", does: func(b *band) {
			b.ramble(16, inRoom(room), always(append(text("41"), text("40")...)))
		}},
		{name: "JSON that is 450,000 arrays deep", does: func(b *band) {
			deep := strings.Repeat("[", 450_000) + strings.Repeat("]", 450_000)
			b.ramble(4, inRoom(room), always(text(`42["message","room 0",`+deep+`]`)))
			b.ramble(4, func(*band) (*intruder, error) {
				return b.open(url.Values{"room": {room}, "id_user": {mallory}}, "")
			}, always(text("40"+`{"a":`+deep+`}`)))
		}},
		{name: "JSON of 300,000 numbers in a message", does: func(b *band) {
			b.ramble(4, inRoom(room), always(text(`42["message","room 0",[`+strings.TrimSuffix(strings.Repeat("1,", 150_000), ",")+`]]`)))
		}},
		{name: "an event with 200,000 arguments", does: func(b *band) {
			b.ramble(4, inRoom(room), always(text(`42["message","room 0",`+strings.TrimSuffix(strings.Repeat("1,", 200_000), ",")+`]`)))
		}},
	}
}

func TestLoudClientsHurtNobody(t *testing.T) {
	s := lay(t, extentOf(t))
	for _, of := range events() {
		s.play(t, of)
	}
	s.report(t)
}
