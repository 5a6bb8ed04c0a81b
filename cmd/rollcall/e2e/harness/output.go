//go:build unix

package harness

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Output keeps what a process prints, over all its lives.
type Output struct {
	mu       sync.Mutex
	text     bytes.Buffer
	pardoned []string
}

// Pardon has lines with these words be no faults: what they tell of is what is tested.
func (o *Output) Pardon(words string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pardoned = append(o.pardoned, words)
}

// Write takes p whole.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns all of it.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// tail returns the last lines of it.
func (o *Output) tail(lines int) string {
	all := strings.SplitAfter(o.String(), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "")
}

// faults returns the lines that no process may print: reports of data races, and
// what was logged as an error.
func (o *Output) faults() []string {
	bad := regexp.MustCompile(`(?m)^.*(WARNING: DATA RACE|panic: |fatal error: |\d\d:\d\d:\d\d\.\d{3} ERR ).*$`)
	return slices.DeleteFunc(bad.FindAllString(o.String(), -1), func(line string) bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return slices.ContainsFunc(o.pardoned, func(words string) bool { return strings.Contains(line, words) })
	})
}
