// Package protos holds what is said between the nodes of a cluster: messages
// and the Room grain, generated from rollcall.proto by `task generate`. What goes over
// Redis is in package pubsub below it; only what travels by gossip is membership's own.
package protos

//go:generate go run github.com/bufbuild/buf/cmd/buf@v1.75.0 generate
