package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// upgradePatience is how long a websocket may take to probe and to take over, as
// in the official server.
const upgradePatience = 10 * time.Second

// takeOver makes a request a websocket that is to take over a polling session.
func (e *Engine) takeOver(w http.ResponseWriter, r *http.Request, sid string) {
	claim, err := e.Sockets.Claim(r.Context(), sid)
	taken := errors.Is(err, engineio.BadRequest)
	if err != nil && !taken {
		e.refused(w, r, err)
		return
	}
	ws, err := e.upgrade(w, r)
	switch {
	case err != nil:
		e.Logger.Debug("websocket refused", "remote", r.RemoteAddr, "err", err)
		if claim != nil {
			claim.Abandon()
		}
	case taken:
		ws.Close(session.TransportClose) // the first websocket survives
	default:
		go ws.probe(claim)
	}
}

// probe has the client probe the websocket and take it over (Engine.IO §Upgrade).
// Should that fail the session goes on polling.
func (t *websocketTransport) probe(claim *actors.Claim) {
	_ = t.conn.SetReadDeadline(time.Now().Add(upgradePatience))
	if !t.says("2probe") || t.Write([]*actors.Frame{{Data: []byte("3probe")}}) != nil {
		t.giveUp(claim)
		return
	}
	claim.Probed()
	if !t.says("5") {
		t.giveUp(claim)
		return
	}
	_ = t.conn.SetReadDeadline(time.Time{})
	line, err := claim.Upgrade(context.Background(), t)
	if err != nil {
		t.giveUp(claim)
		return
	}
	t.read(line)
}

// says reads one message and reports whether it is that text.
func (t *websocketTransport) says(text string) bool {
	kind, data, err := t.next()
	return err == nil && kind == websocket.TextMessage && string(data) == text
}

func (t *websocketTransport) giveUp(claim *actors.Claim) {
	claim.Abandon()
	t.Close(session.TransportClose)
}
