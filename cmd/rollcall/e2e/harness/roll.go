//go:build unix

package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Roll is the answer to GET /{room}/users.
type Roll struct {
	Answer
	Users    map[string]string // id_user by id_socket
	Complete bool
	Nodes    string   // "3/4": answered, asked
	Missing  []string // nodes that were asked and did not answer
	Lost     []string // nodes that were evicted
}

// Roll asks this node who is in a room. The answer's form is checked to the letter.
func (n *Node) Roll(room string) (Roll, error) {
	return n.RollAt("/" + url.PathEscape(room) + "/users")
}

// RollAt asks for a roll at a path of one's own.
func (n *Node) RollAt(path string) (Roll, error) {
	answer, err := n.Do(http.MethodGet, path, "")
	if err != nil {
		return Roll{}, err
	}
	roll, err := parseRoll(answer)
	if err != nil {
		return Roll{}, fmt.Errorf("%s at %s: %w: %d %v %s", path, n.Name, err, answer.Status, answer.Header, answer.Body)
	}
	return roll, nil
}

func parseRoll(answer Answer) (Roll, error) {
	roll := Roll{Answer: answer, Users: make(map[string]string)}
	header := answer.Header
	if answer.Status != http.StatusOK || header.Get("Content-Type") != "application/json" {
		return roll, fmt.Errorf("no roll")
	}
	var sockets []struct {
		Socket *string          `json:"id_socket"`
		User   *string          `json:"id_user"`
		Data   *json.RawMessage `json:"data"`
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(answer.Body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&sockets); err != nil || sockets == nil {
		return roll, fmt.Errorf("not the roll's JSON (%w)", err)
	}
	last := ""
	for _, s := range sockets {
		if s.Socket == nil || s.User == nil || s.Data == nil || string(*s.Data) != "{}" {
			return roll, fmt.Errorf("an entry lacks something")
		}
		if *s.Socket <= last {
			return roll, fmt.Errorf("not sorted, or an id twice")
		}
		last = *s.Socket
		roll.Users[*s.Socket] = *s.User
	}
	roll.Complete = header.Get("Rollcall-Complete") == "true"
	roll.Nodes = header.Get("Rollcall-Nodes")
	roll.Missing = list(header.Get("Rollcall-Missing"))
	roll.Lost = list(header.Get("Rollcall-Lost"))
	switch complete := header.Get("Rollcall-Complete"); {
	case complete != "true" && complete != "false", roll.Complete != (len(roll.Missing) == 0), roll.Nodes == "":
		return roll, fmt.Errorf("headers contradict each other")
	}
	return roll, nil
}

func list(header string) []string {
	names := strings.Split(header, ", ")
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}
