package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// serve serves HTTP at address until ctx is done or in, the standard input,
// ends with the program that started this one.
func serve(ctx context.Context, in io.Reader, address string, handler http.Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in)
	}()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
