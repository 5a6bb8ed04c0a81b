package remoting

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/metrics"
)

// party is an actor system with links, and an actor that answers what it is sent.
type party struct {
	system *actor.ActorSystem
	links  *Links
}

// newParty opens the port; 0 takes a free one.
func newParty(t *testing.T, port int, keys *clusterkey.Ring) *party {
	t.Helper()
	silence := slog.New(slog.DiscardHandler)
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return silence }))
	p := &party{system: system, links: New(system, Config{
		Host: "127.0.0.1", Port: port, Keys: keys,
		Packages: []string{"google.protobuf"}, Doors: []string{"echo"},
		Sent: new(metrics.Peers), Logger: silence,
	})}
	t.Cleanup(func() {
		p.links.Close()
		system.Shutdown()
	})
	_, err := p.links.Open()
	actorstest.Must(t, err)
	_, err = system.Root.SpawnNamed(actor.PropsFromFunc(func(ctx actor.Context) {
		if said, ok := ctx.Message().(*wrapperspb.StringValue); ok {
			ctx.Respond(said)
		}
	}), "echo")
	actorstest.Must(t, err)
	return p
}

// echo is the address of the actor that answers.
func (p *party) echo() *actor.PID { return actor.NewPID(p.system.Address(), "echo") }

// ask asks another party, and waits for the answer.
func (p *party) ask(other *party, patience time.Duration) error {
	return p.system.Root.RequestFuture(other.echo(), wrapperspb.String("hello"), patience).Wait()
}

func ring(t *testing.T, secrets ...string) *clusterkey.Ring {
	t.Helper()
	r, err := clusterkey.New(secrets)
	actorstest.Must(t, err)
	return r
}

// freePort returns a port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	actorstest.Must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
