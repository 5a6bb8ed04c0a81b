package web

import (
	"net/http"
	"strconv"

	"github.com/rollcall/rollcall/web/openapi"
)

// openAPI answers with the description of the API.
func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) {
	document := openapi.Document()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Length", strconv.Itoa(len(document)))
	_, _ = w.Write(document)
}
