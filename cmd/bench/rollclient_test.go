package main

import (
	"bufio"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestHeadOfARoll(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     rollHead
	}{
		{"complete", "HTTP/1.1 200 OK\r\nRollcall-Complete: true\r\nContent-Length: 12\r\n\r\n", rollHead{12, true}},
		{"incomplete", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nRollcall-Complete: false\r\n\r\n", rollHead{0, false}},
	} {
		if got, err := readHead(bufio.NewReader(strings.NewReader(test.in))); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
}

func TestAnswersThatAreNoRollAreErrors(t *testing.T) {
	for _, in := range []string{
		"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
	} {
		if head, err := readHead(bufio.NewReader(strings.NewReader(in))); err == nil {
			t.Errorf("%q: %+v", in, head)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		if head, err := readHead(bufio.NewReader(strings.NewReader(in))); err == nil && head.length < 0 {
			t.Errorf("%q: %+v", in, head)
		}
	})
}

// asked returns a client of a plain handler.
func asked(t *testing.T, body string) *rollClient {
	t.Helper()
	server := httptest.NewServer(plain([]byte(body)))
	t.Cleanup(server.Close)
	c, err := dialRolls(t.Context(), server.Listener.Addr().String(), "Maths")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func TestPlainHandlerIsReadAgainAndAgain(t *testing.T) {
	body := strings.Repeat("x", 3*rollBuffer)
	c := asked(t, body)
	for range 3 {
		if head, err := c.ask(); err != nil || head != (rollHead{len(body), true}) {
			t.Fatalf("%+v, %v", head, err)
		}
	}
}

func TestRollOfAnotherLengthIsAnError(t *testing.T) {
	c := asked(t, "[1]")
	if _, err := (load{length: 4}).askFor(c, time.Millisecond); err == nil {
		t.Error("a roll of 3 bytes was taken for one of 4")
	}
	if got, err := (load{length: 3}).askFor(c, time.Millisecond); err != nil || len(got.latencies) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
