package web

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/protos/engineio"
)

// engine answers the requests of Engine.IO clients, at /socket.io/.
func (s *Server) engine(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		allow(w, r, []string{http.MethodGet, http.MethodPost, http.MethodOptions})
		return
	}
	// The handshake is refused for the first of these that is wrong, in the order
	// of the official server.
	query, err := url.ParseQuery(r.URL.RawQuery)
	version, unsupported := engineio.ParseVersion(query.Get("EIO"))
	switch {
	case unsupported != nil:
		refuse(w, engineio.UnsupportedVersion)
	case query.Get("transport") != "websocket":
		refuse(w, engineio.UnknownTransport)
	case query.Has("sid"):
		refuse(w, engineio.UnknownSession)
	case r.Method != http.MethodGet:
		refuse(w, engineio.BadHandshakeMethod)
	case !s.origins.admits(r):
		refuse(w, engineio.Forbidden)
	case err != nil:
		refuse(w, engineio.BadRequest) // the query is not percent-encoded
	default:
		s.openWebsocket(w, r, version, s.node.Attend(query))
	}
}

func refuse(w http.ResponseWriter, why engineio.Refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(why.Status())
	_ = json.NewEncoder(w).Encode(why)
}

// openWebsocket makes the request a socket over a websocket of its own.
func (s *Server) openWebsocket(w http.ResponseWriter, r *http.Request, version engineio.Version, app actors.Application) {
	ws, err := s.upgrade(w, r)
	if err != nil {
		s.log.Debug("websocket refused", "remote", r.RemoteAddr, "err", err)
		return
	}
	line := s.node.Open(actors.Opening{Version: version, Transport: ws, Application: app, Wire: s.wire})
	// A goroutine of its own: this one's stack and buffers served HTTP.
	go ws.read(line)
}
