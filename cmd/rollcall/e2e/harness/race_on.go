//go:build race && unix

package harness

const raceEnabled = true
