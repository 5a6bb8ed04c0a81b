package membership

import (
	"context"
	"encoding/binary"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/membership/remoting"
)

// answer is what a node says of itself.
type answer struct {
	name   string
	gossip string // ip:port of its memberlist
	serves bool   // it has joined, or found nobody to join
	meta   meta
}

func (a answer) encode() []byte {
	var b []byte
	for _, s := range []string{a.name, a.gossip} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	serves := byte(0)
	if a.serves {
		serves = 1
	}
	b = append(b, serves)
	m, err := a.meta.encode()
	if err != nil {
		return nil // it was looked at when the node started
	}
	return append(b, m...)
}

// decodeAnswer reads what another process sent; it may be anything.
func decodeAnswer(b []byte) (answer, error) {
	r := metaReader{rest: b}
	a := answer{name: r.text(), gossip: r.text(), serves: r.number(1) == 1}
	if r.bad || CheckName(a.name) != nil || !isReachable(a.gossip) {
		return answer{}, errMeta
	}
	var err error
	a.meta, err = decodeMeta(r.rest)
	return a, err
}

// whois asks who is at the address of actors. What others say of a node may be made up:
// gossip goes by datagrams, and names go from mouth to mouth.
func whois(ctx context.Context, address string, keys *clusterkey.Ring) (answer, error) {
	said, err := remoting.Ask(ctx, address, keys)
	if err != nil {
		return answer{}, err
	}
	return decodeAnswer(said)
}
