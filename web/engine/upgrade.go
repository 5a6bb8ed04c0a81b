package engine

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/visitors"
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
	leave := func() {}
	if claim != nil && !e.Sockets.Here(sid) { // a socket that is here counts already
		site := visitors.SiteOf(r.RemoteAddr)
		if err := e.opened.Enter(site); err != nil {
			claim.Abandon() // the session goes on polling
			turnAway(w, problem.MessageOf(err))
			return
		}
		leave = func() { e.opened.Leave(site) }
	}
	ws, err := e.upgrade(w, r, engineio.V4)
	switch {
	case err != nil:
		leave()
		e.Logger.Debug("websocket refused", "remote", r.RemoteAddr, "err", err)
		if claim != nil {
			claim.Abandon()
		}
	case taken:
		ws.Close(session.TransportClose) // the first websocket survives
	default:
		go func() {
			defer leave()
			ws.probe(claim)
		}()
	}
}

// probe has the client probe the websocket and take it over (Engine.IO §Upgrade).
// Some clients do not probe, which the official server lets pass. Should it fail the
// session goes on polling; should the session end, so does the websocket.
func (t *websocketTransport) probe(claim *socket.Claim) {
	unwatch := claim.Watch(func() { t.Close(session.TransportClose) })
	defer unwatch()
	_ = t.conn.SetReadDeadline(time.Now().Add(upgradePatience))
	said := t.hears()
	if said == "2probe" {
		claim.Probed() // first: what the client does next, it does after this
		if t.Write([]*outbox.Frame{{Data: []byte("3probe")}}) == nil {
			said = t.hears()
		}
	}
	if said != "5" {
		t.giveUp(claim)
		return
	}
	_ = t.conn.SetReadDeadline(time.Time{})
	line, err := claim.Upgrade(context.Background(), t)
	unwatch()
	if err != nil {
		t.giveUp(claim)
		return
	}
	t.read(line)
}

// hears reads one message and returns its text; "" if there is none.
func (t *websocketTransport) hears() string {
	kind, data, err := t.next(func() {})
	if err != nil || kind != websocket.TextMessage {
		return ""
	}
	return string(data)
}

func (t *websocketTransport) giveUp(claim *socket.Claim) {
	claim.Abandon()
	t.Close(session.TransportClose)
}
