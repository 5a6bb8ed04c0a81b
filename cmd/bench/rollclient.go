package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// rollClient asks for the roll of one room, again and again on one connection.
// It reads no more of an answer than it takes to know that it is one: client and
// servers share the processors.
type rollClient struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
}

// rollBuffer holds a roll of a thousand sockets, so that it takes few reads.
const rollBuffer = 128 << 10

func dialRolls(ctx context.Context, address, room string) (*rollClient, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &rollClient{
		conn: conn, in: bufio.NewReaderSize(conn, rollBuffer),
		request: fmt.Appendf(nil, "GET /%s/users HTTP/1.1\r\nHost: %s\r\n\r\n", room, address),
	}, nil
}

// ask asks once. An answer that is no roll is an error.
func (c *rollClient) ask() (rollHead, error) {
	if _, err := c.conn.Write(c.request); err != nil {
		return rollHead{}, err
	}
	head, err := readHead(c.in)
	if err != nil {
		return head, err
	}
	_, err = c.in.Discard(head.length)
	return head, err
}

// within gives the connection so much time for all that follows.
func (c *rollClient) within(d time.Duration) error { return c.conn.SetDeadline(time.Now().Add(d)) }

func (c *rollClient) close() { _ = c.conn.Close() }

// rollHead is what the headers of a roll say.
type rollHead struct {
	length   int  // of the body that follows, in bytes
	complete bool // every node answered by the deadline
}

// readHead reads the status and the headers of a roll.
func readHead(in *bufio.Reader) (rollHead, error) {
	head := rollHead{length: -1}
	status, err := in.ReadSlice('\n')
	if err != nil {
		return head, err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return head, fmt.Errorf("the server answered %q", strings.TrimSpace(string(status)))
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return head, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if head.length, err = strconv.Atoi(string(value)); err != nil {
				return head, err
			}
		} else if bytes.Equal(line, []byte("Rollcall-Complete: true")) {
			head.complete = true
		}
	}
	if head.length < 0 {
		return head, errors.New("the answer has no length")
	}
	return head, nil
}
