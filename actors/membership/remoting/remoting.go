package remoting

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

const (
	// batch bounds how many messages share a frame. The largest is what a client
	// posts, 16 MiB at most: so many of them fit maxFrame.
	batch    = 48
	maxFrame = 1 << 30 // bytes; only the receiving side checks it

	// window is how many bytes may be on their way. It is fixed, because gRPC
	// otherwise estimates it with pings beside the data, and those cost a roll
	// call, which is a handful of tiny messages, a fifth of its time.
	window = 4 << 20
	// queue is what a connection allocates at first; it grows without a bound.
	queue = 1024
	// attempts to connect. Each one more would leak a connection.
	attempts = 1

	// greeting bounds how long whoever connects may take until he has shown what he is:
	// TLS and the preface of HTTP/2.
	greeting = 5 * time.Second
)

// settings configure protoactor's transport.
func settings(config Config, c *connector, g *guard) *remote.Config {
	host := config.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]" // protoactor joins host and port by a colon
	}
	client, server := insecure.NewCredentials(), insecure.NewCredentials()
	if peers := config.Keys.Peers(); peers != nil {
		client, server = credentials.NewTLS(peers), credentials.NewTLS(peers)
	}
	made := remote.Configure(host, config.Port,
		remote.WithAdvertisedHost(config.Advertised),
		remote.WithEndpointWriterBatchSize(batch),
		remote.WithEndpointWriterQueueSize(queue),
		remote.WithServerOptions(
			grpc.Creds(admission{server, g.doorman}),
			grpc.ConnectionTimeout(greeting),
			grpc.MaxRecvMsgSize(maxFrame),
			grpc.KeepaliveParams(keepalive.ServerParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}),
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
			grpc.StaticStreamWindowSize(window),
			grpc.StaticConnWindowSize(window),
			grpc.StreamInterceptor(g.stream),
			grpc.UnaryInterceptor(g.unary),
			grpc.UnknownServiceHandler(g.who),
		),
		remote.WithDialOptions(
			grpc.WithTransportCredentials(client),
			grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}),
			grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: handshake}),
			grpc.WithNoProxy(), // peers are neighbours, whatever HTTPS_PROXY says
			grpc.WithStaticStreamWindowSize(window),
			grpc.WithStaticConnWindowSize(window),
			grpc.WithStreamInterceptor(c.stream),
		),
	)
	made.MaxRetryCount = attempts
	return made
}
