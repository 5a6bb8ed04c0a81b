package wsclient

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"time"
)

// Join enters a room as a Socket.IO 5 client over Engine.IO 4 does, and returns
// when the server's handshake event has come: when the socket is in the roll.
func Join(ctx context.Context, address, room, user string, buffer int) (*Conn, error) {
	return join(ctx, address, url.Values{"room": {room}, "id_user": {user}}, "", buffer)
}

// JoinByToken is Join where tokens are asked for. The token must need no escapes in JSON.
func JoinByToken(ctx context.Context, address, room, token string, buffer int) (*Conn, error) {
	return join(ctx, address, url.Values{"room": {room}}, `{"token":"`+token+`"}`, buffer)
}

func join(ctx context.Context, address string, query url.Values, auth string, buffer int) (*Conn, error) {
	query.Set("EIO", "4")
	query.Set("transport", "websocket")
	c, err := Dial(ctx, address, "/socket.io/?"+query.Encode(), buffer)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := c.join(auth); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("join room %s at %s: %w", query.Get("room"), address, err)
	}
	return c, nil
}

func (c *Conn) join(auth string) error {
	if err := c.expect("0{"); err != nil {
		return err
	}
	if err := c.Send([]byte("40" + auth)); err != nil {
		return err
	}
	if err := c.expect("40{"); err != nil {
		return err
	}
	return c.expect(`42["handshake",`)
}

func (c *Conn) expect(prefix string) error {
	message, err := c.NextEvent()
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(message, []byte(prefix)) {
		return fmt.Errorf("the server sent %q instead of %s…", message, prefix)
	}
	return nil
}

// NextEvent is Next for an Engine.IO connection: it also answers the pings of
// that protocol.
func (c *Conn) NextEvent() ([]byte, error) {
	for {
		message, err := c.Next()
		if err != nil || string(message) != "2" {
			return message, err
		}
		if err := c.Send([]byte("3")); err != nil {
			return nil, err
		}
	}
}
