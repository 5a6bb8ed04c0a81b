package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rollcall/rollcall/actors/directory"
)

// figure is one metric: how it is called and explained, and how it is read when
// somebody looks. docs/reference/metrics.md is made of the names, labels and meanings.
type figure struct {
	name   string
	kind   string // counter, gauge or histogram
	labels []string
	help   string
	read   func(*reading)
}

// reading is one look at the figures of a node.
type reading struct {
	Exposition
	moment Moment
	emit   func(value float64, labels ...string)
	spread func(d Distribution, labels ...string)
}

// count and level emit the one value of a figure without labels.
func count(of func(*Metrics) uint64) func(*reading) {
	return func(r *reading) { r.emit(float64(of(r.Metrics))) }
}

func level(of func(Moment) float64) func(*reading) {
	return func(r *reading) { r.emit(of(r.moment)) }
}

func figures() []figure {
	return []figure{
		{"rollcall_build_info", "gauge", []string{"version"}, "1; the version of the program",
			func(r *reading) { r.emit(1, r.Version) }},
		{"rollcall_sockets", "gauge", []string{"protocol", "transport"}, "open sockets, by Engine.IO protocol (3, 4) and transport (websocket, polling)",
			readSockets},
		{"rollcall_outbox_bytes", "gauge", nil, "bytes that wait for clients, all sockets together",
			level(func(m Moment) float64 { return float64(m.OutboxBytes) })},
		{"rollcall_outbox_memory_bytes", "gauge", nil, "bytes that are held for that, each frame counted once, however many clients it waits for",
			level(func(m Moment) float64 { return float64(m.OutboxMemory) })},
		{"rollcall_partial_bytes", "gauge", nil, "bytes that are held of messages and packets that clients have begun and not ended, those of 16 KiB and less left out",
			level(func(m Moment) float64 { return float64(m.PartialBytes) })},
		{"rollcall_partials_gave_way_total", "counter", nil, "clients that were closed with such a message, since others needed the memory",
			level(func(m Moment) float64 { return float64(m.GaveWay) })},
		{"rollcall_messages_dropped_total", "counter", nil, "messages, and what clients said by identity-change, that were left out for a client that reads too slowly; counted for each",
			level(func(m Moment) float64 { return float64(m.Dropped) })},
		{"rollcall_socket_packets_total", "counter", []string{"direction"}, "Engine.IO packets from clients (in) and to clients (out)",
			func(r *reading) {
				r.emit(float64(r.In.Packets.Load()), "in")
				r.emit(float64(r.Out.Packets.Load()), "out")
			}},
		{"rollcall_socket_bytes_total", "counter", []string{"direction"}, "bytes of these packets, before compression",
			func(r *reading) { r.emit(float64(r.In.Bytes.Load()), "in"); r.emit(float64(r.Out.Bytes.Load()), "out") }},
		{"rollcall_rooms", "gauge", nil, "rooms with sockets on this node",
			func(r *reading) { r.emit(float64(r.Rooms.Load())) }},
		{"rollcall_joins_total", "counter", nil, "sockets that joined a room here",
			count(func(m *Metrics) uint64 { return m.Joins.Load() })},
		{"rollcall_leaves_total", "counter", nil, "sockets that left a room here",
			count(func(m *Metrics) uint64 { return m.Leaves.Load() })},
		{"rollcall_messages_total", "counter", nil, "messages of sockets here to their rooms",
			count(func(m *Metrics) uint64 { return m.Messages.Load() })},
		{"rollcall_rate_limited_total", "counter", []string{"step"}, "events of clients over their limits that were refused, or dropped as they wanted no answer, and clients that were closed for it (refused, dropped, closed)",
			func(r *reading) {
				r.emit(float64(r.RateLimited.Refused.Load()), "refused")
				r.emit(float64(r.RateLimited.Dropped.Load()), "dropped")
				r.emit(float64(r.RateLimited.Closed.Load()), "closed")
			}},

		{"rollcall_queries_total", "counter", []string{"outcome"}, "questions who is in a room, by how they ended: complete, incomplete (nodes were missing), failed (no roll)",
			readQueries},
		{"rollcall_query_seconds", "histogram", nil, "from the question to the roll, in seconds",
			func(r *reading) { r.spread(r.Latency.Read()) }},
		{"rollcall_roll_calls_total", "counter", []string{"reason"}, "broadcasts to all nodes, for queries that may share one (query) and to mend what a roster knows of others (mend)",
			func(r *reading) { r.emit(float64(r.Calls.Load()), "query"); r.emit(float64(r.Mends.Load()), "mend") }},
		{"rollcall_silent_nodes_total", "counter", []string{"peer"}, "how often a node was missing in a roll call of this one",
			func(r *reading) { r.byName(r.Silent.Read()) }},

		{"rollcall_identity_changes_total", "counter", []string{"way"}, "changes of users that came by Redis (redis), from identity_changes (log), or straight from a node (direct)",
			readChanges},
		{"rollcall_identity_lag_seconds", "histogram", nil, "from the commit of a user's change to the rosters here, in seconds, as far as clocks agree",
			func(r *reading) { r.spread(r.Lag.Read()) }},
		{"rollcall_redis_up", "gauge", nil, "1 while Redis is heard, 0 while it is not or there is none",
			level(func(m Moment) float64 { return flag(m.RedisUp) })},
		{"rollcall_redis_unheard_nodes", "gauge", nil, "live members whose word Redis does not bring here: they are at another Redis, or one of the two has none",
			func(r *reading) { r.emit(float64(r.Unheard.Load())) }},
		{"rollcall_database_up", "gauge", nil, "1 unless the log of changes could not be read when it was last tried",
			level(func(m Moment) float64 { return flag(m.DatabaseUp) })},

		{"rollcall_members", "gauge", nil, "live members of the cluster, this node included",
			level(func(m Moment) float64 { return float64(m.Members) })},
		{"rollcall_membership_events_total", "counter", []string{"event"}, "other nodes that joined, left, or failed",
			func(r *reading) {
				r.emit(float64(r.Joined.Load()), "joined")
				r.emit(float64(r.Left.Load()), "left")
				r.emit(float64(r.Failed.Load()), "failed")
			}},
		{"rollcall_actor_messages_sent_total", "counter", []string{"peer"}, "actor messages to each other node",
			func(r *reading) { r.byName(r.Sent.ByName(r.NameOf)) }},
		{"rollcall_actors", "gauge", []string{"kind"}, "actors with a mailbox of interest: node, identity, roster, room",
			func(r *reading) { r.depths(func(d directory.Depth) int { return d.Actors }) }},
		{"rollcall_mailbox_messages", "gauge", []string{"kind"}, "messages that wait for actors of a kind, together",
			func(r *reading) { r.depths(func(d directory.Depth) int { return d.Total }) }},
		{"rollcall_mailbox_messages_max", "gauge", []string{"kind"}, "messages that wait for the busiest actor of a kind",
			func(r *reading) { r.depths(func(d directory.Depth) int { return d.Max }) }},
		{"rollcall_actor_held_seconds", "histogram", []string{"kind"}, "how long a message kept an actor from the next one, in seconds; a socket may wait for the user store, and what it writes does not count",
			func(r *reading) { r.held(func(h *Held, kind string) { r.spread(h.Read(), kind) }) }},
		{"rollcall_actor_held_longest_seconds", "gauge", []string{"kind"}, "the longest of these since the start",
			func(r *reading) { r.held(func(h *Held, kind string) { r.emit(h.Longest().Seconds(), kind) }) }},
		{"rollcall_dead_letters_total", "counter", nil, "messages to actors that were gone",
			count(func(m *Metrics) uint64 { return m.DeadLetters.Load() })},
		{"rollcall_panics_total", "counter", []string{"kind"}, "actors that failed on a message, by kind",
			readPanics},
		{"rollcall_http_requests_total", "counter", []string{"route", "status"}, "answered HTTP requests, by class of route (roll, users, engine, page, dash, metrics, health, other) and status; 499: the client went away",
			readRequests},
	}
}

func readSockets(r *reading) {
	for i, protocol := range []string{"3", "4"} {
		for j, transport := range []string{"polling", "websocket"} {
			if protocol == "3" && transport == "polling" {
				continue // never
			}
			r.emit(float64(r.Sockets[i][j].Load()), protocol, transport)
		}
	}
}

func readQueries(r *reading) {
	for outcome := range r.Queries {
		r.emit(float64(r.Queries[outcome].Load()), Outcome(outcome).String())
	}
}

func readChanges(r *reading) {
	r.emit(float64(r.moment.Heard), "redis")
	r.emit(float64(r.moment.Read), "log")
	r.emit(float64(r.Direct.Load()), "direct")
}

func readPanics(r *reading) {
	failed := r.Failures.ByKind()
	for _, kind := range []directory.Kind{directory.SocketKind, directory.RosterKind, directory.NodeKind, directory.IdentityKind} {
		r.emit(float64(failed[kind]), string(kind))
	}
}

func readRequests(r *reading) {
	for route := range r.Requests {
		for i := range r.Requests[route] {
			if n := r.Requests[route][i].Load(); n > 0 {
				r.emit(float64(n), Route(route).String(), strconv.Itoa(i+100))
			}
		}
	}
}

// byName emits counters under names.
func (r *reading) byName(counts map[string]uint64) {
	for name, n := range counts {
		r.emit(float64(n), name)
	}
}

func (r *reading) depths(figure func(directory.Depth) int) {
	listed := make(map[directory.Kind][]*directory.Actor)
	for _, a := range r.Actors.All() {
		listed[a.Kind] = append(listed[a.Kind], a)
	}
	for _, kind := range directory.Kinds() {
		if kind != directory.SocketKind { // sockets are not listed
			r.emit(float64(figure(directory.DepthOf(listed[kind]))), string(kind))
		}
	}
}

func (r *reading) held(see func(h *Held, kind string)) {
	see(&r.HeldNode, string(directory.NodeKind))
	see(&r.HeldIdentity, string(directory.IdentityKind))
	see(&r.HeldRoster, string(directory.RosterKind))
	see(&r.HeldSocket, string(directory.SocketKind))
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

func (f figure) desc() *prometheus.Desc {
	return prometheus.NewDesc(f.name, f.help, f.labels, nil)
}
