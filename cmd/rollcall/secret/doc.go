// Package secret keeps secrets in files: those that an operator or an orchestrator put
// there (read.go), and the token that Rollcall makes by itself (keep.go). No error and
// no warning of it repeats what is in a file.
package secret
