package main

import (
	"context"
	"net/http"

	"github.com/gorilla/websocket"
)

// BareWebsocketsCmd is the yardstick of fan-out and memory: what one writes with
// gorilla/websocket in an hour. A goroutine for each connection reads; one
// goroutine passes each message on to all connections but the sender's.
type BareWebsocketsCmd struct {
	Listen string `required:"" help:"Address to listen at."`
}

// Run serves until it is told to stop.
func (c *BareWebsocketsCmd) Run(ctx context.Context, std streams) error {
	h := newHub()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go h.run(ctx)
	return serve(ctx, std.in, c.Listen, h)
}

// hub is a broadcast loop.
type hub struct {
	join, leave chan *websocket.Conn
	events      chan hubEvent
	ended       chan struct{}
	upgrader    websocket.Upgrader
}

type hubEvent struct {
	sender *websocket.Conn
	data   []byte
}

func newHub() *hub {
	return &hub{
		join: make(chan *websocket.Conn), leave: make(chan *websocket.Conn),
		events: make(chan hubEvent, 64), ended: make(chan struct{}),
	}
}

// run is the loop. Only it writes, so no connection needs a lock.
func (h *hub) run(ctx context.Context) {
	defer close(h.ended)
	conns := make(map[*websocket.Conn]struct{})
	for {
		select {
		case <-ctx.Done():
			return
		case conn := <-h.join:
			conns[conn] = struct{}{}
		case conn := <-h.leave:
			delete(conns, conn)
		case event := <-h.events:
			broadcast(conns, event)
		}
	}
}

// broadcast encodes an event once and writes it to each connection. One that
// cannot be written to is closed; its reader notices.
func broadcast(conns map[*websocket.Conn]struct{}, event hubEvent) {
	prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, event.data)
	if err != nil {
		return
	}
	for conn := range conns {
		if conn == event.sender {
			continue
		}
		if err := conn.WritePreparedMessage(prepared); err != nil {
			_ = conn.Close()
		}
	}
}

// ServeHTTP is a connection.
func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the client was told
	}
	defer conn.Close()
	if !tell(h, h.join, conn) {
		return
	}
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			tell(h, h.leave, conn)
			return
		}
		if !tell(h, h.events, hubEvent{sender: conn, data: data}) {
			return
		}
	}
}

// tell reports false if the loop has ended.
func tell[T any](h *hub, to chan<- T, what T) bool {
	select {
	case to <- what:
		return true
	case <-h.ended:
		return false
	}
}
