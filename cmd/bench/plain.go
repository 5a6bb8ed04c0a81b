package main

import (
	"context"
	"net/http"
	"os"
	"strconv"
)

// PlainHTTPCmd is the yardstick of rolls: a handler that returns the bytes of a
// roll, which it has from a file.
type PlainHTTPCmd struct {
	Listen string `required:"" help:"Address to listen at."`
	Body   string `required:"" type:"existingfile" help:"File with the bytes to return."`
}

// Run serves until it is told to stop.
func (c *PlainHTTPCmd) Run(ctx context.Context, std streams) error {
	body, err := os.ReadFile(c.Body)
	if err != nil {
		return err
	}
	return serve(ctx, std.in, c.Listen, plain(body))
}

// plain returns the same body for each request, with the headers that a roll
// has, so that a client gets the same bytes.
func plain(body []byte) http.HandlerFunc {
	length := strconv.Itoa(len(body))
	return func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", length)
		h.Set("Rollcall-Complete", "true")
		h.Set("Rollcall-Nodes", "4/4")
		_, _ = w.Write(body)
	}
}
