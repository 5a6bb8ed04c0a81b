//go:build unix

package harness

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Node is one node of a cluster.
type Node struct {
	*Process // nil if a local cluster's supervisor runs it

	Name string
	Addr string // host:port for clients

	// Where other nodes find it and reach its actors, host:port; "" if a local cluster's
	// supervisor runs it.
	Gossip, Actor string
	Data          string // its own data folder; "" in a cluster, which has one for all

	// Bearer is what is shown as Authorization by requests that show nothing else.
	Bearer string

	http *http.Client
}

// URL returns the URL of a path on this node, which is sent as it is escaped.
func (n *Node) URL(path string) string { return "http://" + n.Addr + path }

// Answer is an HTTP answer, its body read.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	Took   time.Duration
}

// Do sends a request to this node. Headers come as "Name: value".
func (n *Node) Do(method, path, body string, headers ...string) (Answer, error) {
	request, err := http.NewRequest(method, n.URL(path), strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if request.Header.Set(name, value); name == "Host" {
			request.Host = value
		}
	}
	if n.Bearer != "" && request.Header.Get("Authorization") == "" {
		request.Header.Set("Authorization", "Bearer "+n.Bearer)
	}
	start := time.Now()
	response, err := n.http.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: string(text), Took: time.Since(start).Round(time.Millisecond)}, nil
}

// Members returns the names of those whom this node, which must be ready, counts
// as members of its cluster, itself included.
func (n *Node) Members() ([]string, error) {
	answer, err := n.Do(http.MethodGet, "/readyz", "")
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, fmt.Errorf("%s is not ready: %d %s", n.Name, answer.Status, answer.Body)
	}
	var state struct{ Members []string }
	if err := json.Unmarshal([]byte(answer.Body), &state); err != nil {
		return nil, err
	}
	slices.Sort(state.Members)
	return state.Members, nil
}

// Rename gives a user a new name, through this node, and returns the version
// that the user has now.
func (n *Node) Rename(user, name string) (version int64, err error) {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return 0, err
	}
	answer, err := n.Do(http.MethodPut, "/users/"+url.PathEscape(user), string(body))
	if err != nil {
		return 0, err
	}
	if answer.Status != http.StatusNoContent {
		return 0, fmt.Errorf("rename user %s at %s: %d %s", user, n.Name, answer.Status, answer.Body)
	}
	if _, err := fmt.Sscanf(answer.Header.Get("ETag"), `"%d"`, &version); err != nil {
		return 0, fmt.Errorf("ETag %s: %w", answer.Header.Get("ETag"), err)
	}
	return version, nil
}
