package trace

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/protos"
)

// What tracing costs a roll call on the node that was asked. Every roll pays the first.
func BenchmarkRollThatIsNotSampled(b *testing.B) { benchmarkRoll(b, New(Config{Node: "node-1"})) }

func BenchmarkRollThatIsSampled(b *testing.B) { benchmarkRoll(b, New(Config{Node: "node-1", Rate: 1})) }

func benchmarkRoll(b *testing.B, tracer *Tracer) {
	question := &protos.WhoHasRoster{Room: "Maths"}
	b.ReportAllocs()
	for b.Loop() {
		root := tracer.Start(ParseContext(""), "roll", "http", "", "GET /Maths/users")
		if root.Context().String() == "" {
			b.Fatal("the client is not told")
		}
		root.About("Maths", "", "")
		roll := root.Child("roster", "Maths", "roll call")
		for _, node := range []string{"node-2", "node-3", "node-4"} {
			asking := roll.Asking(node, "RollCall")
			if envelope, ok := asking.Carry(question, nil).(*actor.MessageEnvelope); ok {
				ParseContext(envelope.GetHeader(headerParent))
			}
			asking.End()
		}
		roll.End()
		root.Set("status", 200)
		root.End()
	}
}

func BenchmarkParseContext(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseContext(someContext)
	}
}
