package membership

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/protos/problem"
)

// Protocol says which versions of the messages between nodes a node speaks.
type Protocol struct {
	Speaks uint16 // the version it sends
	Oldest uint16 // the oldest version it understands
}

// Compatible reports whether two nodes understand each other.
func (p Protocol) Compatible(other Protocol) bool {
	return p.Speaks >= other.Oldest && other.Speaks >= p.Oldest
}

// metaFormat is the first byte of a node's metadata.
const metaFormat = 2

// meta is what a node tells about itself through memberlist. Its name and its
// gossip address travel beside it.
type meta struct {
	cluster  string
	protocol Protocol
	system   string
	address  string
	http     string
	store    string // the id of the store of its users, "" if it does not know it
	started  time.Time
	leaving  bool // it says goodbye; what memberlist reports of its end comes later
	kinds    []string
}

var errMeta = errors.New("not the metadata of a Rollcall node")

// encode returns the compact form, or an error that says what to shorten when
// it exceeds memberlist's 512 bytes.
func (m meta) encode() ([]byte, error) {
	b := []byte{metaFormat}
	b = binary.AppendUvarint(b, uint64(m.protocol.Speaks))
	b = binary.AppendUvarint(b, uint64(m.protocol.Oldest))
	b = binary.AppendUvarint(b, uint64(m.started.UnixMilli()))
	leaving := byte(0)
	if m.leaving {
		leaving = 1
	}
	b = append(b, leaving)
	for _, s := range append([]string{m.cluster, m.system, m.address, m.http, m.store}, m.kinds...) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	if len(b) > memberlist.MetaMaxSize {
		return nil, problem.New(problem.Invalid,
			"What this node tells about itself takes %d bytes, memberlist carries %d: shorten the cluster name, the addresses or the list of kinds",
			len(b), memberlist.MetaMaxSize)
	}
	return b, nil
}

// decodeMeta reads what another process sent; it may be anything.
func decodeMeta(b []byte) (meta, error) {
	if len(b) == 0 || b[0] != metaFormat {
		return meta{}, errMeta
	}
	r := metaReader{rest: b[1:]}
	m := meta{
		protocol: Protocol{Speaks: uint16(r.number(1<<16 - 1)), Oldest: uint16(r.number(1<<16 - 1))},
		started:  time.UnixMilli(int64(r.number(1<<53 - 1))),
		leaving:  r.number(1) == 1,
		cluster:  r.text(), system: r.text(), address: r.text(), http: r.text(), store: r.text(),
	}
	for !r.bad && len(r.rest) > 0 {
		m.kinds = append(m.kinds, r.text())
	}
	if r.bad || !m.presentable() {
		return meta{}, errMeta
	}
	return m, nil
}

// presentable reports whether what comes from outside can be shown, and connected to.
func (m meta) presentable() bool {
	return m.system != "" && isPrintable(m.system) && isReachable(m.address) && isPrintable(m.http) && isPrintable(m.store) &&
		!slices.ContainsFunc(m.kinds, func(kind string) bool { return !isPrintable(kind) })
}

// isReachable reports whether an address can be connected to, and shown: it comes from
// outside.
func isReachable(address string) bool {
	host, port, err := splitAddress(address)
	return err == nil && host != "" && port != 0 && isPrintable(host)
}

// metaReader consumes rest; once bad, everything it returns is zero.
type metaReader struct {
	rest []byte
	bad  bool
}

func (r *metaReader) number(limit uint64) uint64 {
	n, size := binary.Uvarint(r.rest)
	if r.bad || size <= 0 || n > limit {
		r.bad = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *metaReader) text() string {
	n := r.number(memberlist.MetaMaxSize)
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

// member is the Member that memberlist's node and its metadata describe.
func (m meta) member(node *memberlist.Node) Member {
	return Member{
		Name: node.Name, System: m.system, Address: m.address, HTTP: m.http, Gossip: node.Address(),
		Kinds: m.kinds, Protocol: m.protocol, Started: m.started, Store: m.store,
	}
}
