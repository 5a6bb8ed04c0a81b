// Package protos holds what is said between the nodes of a cluster: messages
// and the Room grain, generated from rollcall.proto by `task generate`.
package protos

//go:generate go run github.com/bufbuild/buf/cmd/buf@v1.75.0 generate
