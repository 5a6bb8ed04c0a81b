//go:build unix

package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

var errNotRefused = errors.New("no rename was refused")

// untilRefused waits until a rename was refused.
func (s *stage) untilRefused(t testing.TB) {
	t.Helper()
	harness.Eventually(t, harness.Patience, func() (err error) {
		s.crowd.Renames.Between(func() {
			if s.crowd.Renames.Refused == 0 {
				err = errNotRefused
			}
		})
		return err
	})
}

// mustRefuse asks a node for a rename while no other is under way. It has to be
// refused, in time: the user is the same before and after, and nobody is told
// anything. If users cannot be read either, that has to be refused as well.
func (s *stage) mustRefuse(t testing.TB, readable bool) {
	t.Helper()
	s.crowd.Renames.Between(func() {
		node, user := s.victim(), strconv.Itoa(1+s.random.IntN(crowd.Users))
		path := "/users/" + user
		before := s.read(t, node, path, readable)
		put := s.ask(t, node, http.MethodPut, path, `{"name":"Refused"}`)
		after := s.read(t, node, path, readable)
		if !put.Refuses() {
			t.Errorf("a rename was to be refused, and the answer is: %v", put)
		}
		if string(before.Body) != string(after.Body) || before.Header.Get("ETag") != after.Header.Get("ETag") {
			t.Errorf("a rename was refused, and has done something: %v, before: %v", after, before)
		}
		pass(t, newsTime)
		if version, sure := s.crowd.Renames.Version[user]; !sure {
			t.Errorf("the version of user %s is not known", user)
		} else if told := s.told(user, version); told > 0 {
			t.Errorf("a rename was refused, and %d clients were told of it", told)
		}
	})
}

// read asks a node for a user, who must be readable, or not. A connection to the
// database that broke may be found out by one who reads, and is refused.
func (s *stage) read(t testing.TB, node *harness.Node, path string, readable bool) (a crowd.Answer) {
	t.Helper()
	harness.Eventually(t, harness.Patience, func() error {
		a = s.ask(t, node, http.MethodGet, path, "")
		switch {
		case a.Status != http.StatusOK && !a.Refuses():
			t.Fatalf("read a user: %v", a)
		case (a.Status == http.StatusOK) != readable:
			return fmt.Errorf("read a user: %v", a)
		}
		return nil
	})
	return a
}

// newsTime is how long nobody must have been told anything.
const newsTime = time.Second

// ask sends a request that has to be answered within the time that a node waits for
// its database.
func (s *stage) ask(t testing.TB, node *harness.Node, method, path, body string) crowd.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), crowd.StorePatience)
	defer cancel()
	began := time.Now()
	answer, err := s.crowd.Do(ctx, method, node.URL(path), body)
	if err != nil {
		t.Fatalf("%s %s at %s: %v", method, path, node.Name, err)
	}
	t.Logf("%s %s at %s: %d in %v", method, path, node.Name, answer.Status, time.Since(began).Round(time.Millisecond))
	return answer
}

// told counts the clients that were told of a later version of a user.
func (s *stage) told(user string, version int64) (clients int) {
	for _, stay := range s.crowd.Recorder.Snapshot().Stays {
		for _, e := range stay.Events {
			if e.Kind == history.Renamed && e.User == user && e.Version > version {
				clients++
				break
			}
		}
	}
	return clients
}

// untilRenamed waits until each node has done a rename.
func (s *stage) untilRenamed(t testing.TB) {
	t.Helper()
	began := time.Now()
	for _, n := range s.crowd.Nodes {
		harness.Eventually(t, harness.Patience, func() error {
			if !s.crowd.Renames.Once(t.Context(), n, "1") {
				return fmt.Errorf("%s does not rename", n.Name)
			}
			return nil
		})
	}
	t.Logf("all nodes rename again after %v", time.Since(began).Round(time.Millisecond))
}
