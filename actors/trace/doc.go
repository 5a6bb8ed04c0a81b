// Package trace follows one request through the actors of the cluster: as spans
// in the sense of OpenTelemetry, one for each message that an actor handles and
// for each piece of work beside that.
//
// A trace begins with [Tracer.Start], where a request comes in. Whether it is
// sampled is decided there, at the head, and told to everybody whom it reaches
// (W3C Trace Context, in the headers of the actors' messages). A sampled trace is
// recorded on every node. One that is not is recorded on the node where it began
// only, which costs little, and forgotten when it ends, unless it was slow,
// incomplete or failed: those are always kept.
//
// What is kept is bounded. Each node holds the newest traces, its own part of
// each, and nothing is sent anywhere until somebody asks or an exporter is
// configured. A nil *[Tracer] and a nil *[Span] do nothing, so that tracing that is
// off costs a comparison.
package trace
