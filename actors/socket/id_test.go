package socket

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestNewIDsAreOfOneLengthAndNeedNoEscaping(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		id := newID()
		quoted, _ := json.Marshal(id)
		if len(id) != IDLength || string(quoted) != `"`+id+`"` || strings.ContainsAny(id, "+/=") || seen[id] {
			t.Errorf("id %q", id)
		}
		seen[id] = true
	}
}
