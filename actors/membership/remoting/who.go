package remoting

import (
	"context"
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

// whoMethod asks a node on its actor port who it is. The answer comes over TCP, and with
// shared keys over TLS, from where the node is.
const whoMethod = "/rollcall.membership.Who/Ask"

// whoPatience bounds one such question.
const whoPatience = time.Second

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

// Ask asks who is at the address of actors, and returns what was answered: anything.
func Ask(ctx context.Context, address string, keys *clusterkey.Ring) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, whoPatience)
	defer cancel()
	with := insecure.NewCredentials()
	if peers := keys.Peers(); peers != nil {
		with = credentials.NewTLS(peers)
	}
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(with), grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(4096)))
	if err != nil {
		return nil, err
	}
	said := new(wrapperspb.BytesValue)
	err = conn.Invoke(ctx, whoMethod, new(emptypb.Empty), said)
	if err = errors.Join(err, conn.Close()); err != nil {
		return nil, fmt.Errorf("ask who is at %s: %w", address, err)
	}
	return said.GetValue(), nil
}
