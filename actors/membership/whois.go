package membership

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rollcall/rollcall/actors/clusterkey"
)

// whoMethod asks a node on its actor port who it is. What others say of a node may be
// made up: gossip goes by datagrams, and names go from mouth to mouth. The answer comes
// over TCP, and with shared keys over TLS, from where the node is.
const whoMethod = "/rollcall.membership.Who/Ask"

// whoPatience bounds one such question.
const whoPatience = time.Second

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

// who answers the question. gRPC gives it all calls that nobody else takes.
func (g *guard) who(_ any, s grpc.ServerStream) error {
	if method, _ := grpc.MethodFromServerStream(s); method != whoMethod {
		return status.Error(codes.Unimplemented, "no such call")
	}
	if err := s.RecvMsg(new(emptypb.Empty)); err != nil {
		return err
	}
	text := g.answer()
	if text == nil {
		return status.Error(codes.Unavailable, "still starting")
	}
	return s.SendMsg(wrapperspb.Bytes(text))
}

// whois asks who is at the address of actors.
func whois(ctx context.Context, address string, keys *clusterkey.Ring) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, whoPatience)
	defer cancel()
	with := insecure.NewCredentials()
	if peers := keys.Peers(); peers != nil {
		with = credentials.NewTLS(peers)
	}
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(with), grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(4096)))
	if err != nil {
		return answer{}, err
	}
	said := new(wrapperspb.BytesValue)
	err = conn.Invoke(ctx, whoMethod, new(emptypb.Empty), said)
	if err = errors.Join(err, conn.Close()); err != nil {
		return answer{}, fmt.Errorf("ask who is at %s: %w", address, err)
	}
	return decodeAnswer(said.GetValue())
}
