package web

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/web/webtest"
)

// client is a client in a room.
type client struct {
	*webtest.Client
	id string
}

// target returns the address at which a client joins a room.
func (s *site) target(eio, room string, user int) string {
	query := url.Values{"EIO": {eio}, "transport": {"websocket"}, "room": {room}, "id_user": {fmt.Sprint(user)}}
	return "ws://" + s.address + "/socket.io/?" + query.Encode()
}

func (s *site) dial(eio, room string, user int) *client {
	s.t.Helper()
	return &client{Client: webtest.Dial(s.t, s.target(eio, room, user))}
}

// connect joins a room and has got its handshake.
func (s *site) connect(room string, user int) *client {
	s.t.Helper()
	c := s.dial("4", room, user)
	c.Say("40")
	var body struct{ SID string }
	actorstest.Must(s.t, json.Unmarshal([]byte(c.Hear("40{")[2:]), &body))
	c.id = body.SID
	c.Hear(`42["handshake",{"procid":"node-1",`)
	return c
}
