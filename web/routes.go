package web

import (
	"net/http"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/web/apikey"
)

// route is one row of the table of routes: what a method does at a path.
type route struct {
	// method is "" for a handler that takes all methods and refuses by itself those that it
	// does not have. HEAD goes with GET.
	method string
	// pattern is a path, of which {name} stands for any one segment, and {name...} at its end
	// for one or more. A slash at the end of a path is ignored.
	pattern string
	door    door          // by which requests come in: the same for all methods of a pattern
	class   metrics.Route // that requests are counted in: likewise
	asks    rule          // of who uses it
	handle  http.HandlerFunc
	about   string // for docs/reference/routes.md; "" leaves the row out
}

// table is all routes. The first pattern that a path has counts: fixed ones come before
// rooms, and the last is for what is left.
func (s *Server) table() []route {
	user, first, third := aUser(inPath(1, identity.ParseID)), inPath(0, room.ParseName), inPath(2, room.ParseName)
	asked, backendUser := aUser(userInQuery), aUser(inPath(2, identity.ParseID))
	lists := func(in naming) rule { return withRight(access.List, in, apikey.Read) }
	rows := []route{
		{"GET", "/healthz", healthDoor, metrics.Health, everybody(), s.healthy,
			"the process is alive"},
		{"GET", "/readyz", healthDoor, metrics.Health, everybody(), s.readiness,
			"a join could succeed, else a 503 whose `title` says what is in the way, with `checks` for programs (`redis` is one, and never in the way)"},
	}
	for _, name := range clientNames() {
		file := func(w http.ResponseWriter, r *http.Request) { s.clientFile(w, r, name) }
		rows = append(rows, route{"GET", "/socket.io/" + name, fileDoor, metrics.Page, everybody(), file,
			"the official client; with `?v=4.8.4`, its version, it may be cached for ever"})
	}
	return append(rows, []route{
		{"", "/socket.io", engineDoor, metrics.Engine, everybody(), s.Engine.ServeHTTP,
			"`GET`, `POST`: `?EIO=4&transport=polling` or `websocket`, and `sid` of a session"},
		{"", "/socket.io/{any}", engineDoor, metrics.Engine, everybody(), s.Engine.ServeHTTP, ""}, // whatever it is called

		{"GET", "/metrics", operatorDoor, metrics.Scrape, operators(), s.scrape,
			"the [metrics](metrics.md) of this node, for Prometheus"},
		{"GET", "/api/dash", operatorDoor, metrics.Dashboard, operators(), s.dash,
			"which node this is, its version, and what it traces"},
		{"GET", "/api/dash/nodes", operatorDoor, metrics.Dashboard, operators(), s.dash,
			"each node: up, suspect (did not answer within 250 ms), draining or gone; its figures, Redis, database; messages between nodes"},
		{"GET", "/api/dash/samples", operatorDoor, metrics.Dashboard, operators(), s.dash,
			"how each node did, every 5 s, for 15 minutes"},
		{"GET", "/api/dash/actors", operatorDoor, metrics.Dashboard, operators(), s.dash,
			"the actors of all nodes, with what waits for them and how they failed; `?kind=&node=&q=&sort=-mailbox&limit=200`"},
		{"GET", "/api/dash/traces", operatorDoor, metrics.Dashboard, operators(), s.dash,
			"the traces that were kept, newest first; `?kind=&room=&id_user=&node=&outcome=&min_ms=&limit=200`"},
		{"GET", "/api/dash/traces/{trace_id}", operatorDoor, metrics.Dashboard, operators(), s.dash,
			"one trace: its spans on all nodes, on one clock, with the critical path"},
		{"GET", "/api/dash/rooms/{room}", operatorDoor, metrics.Dashboard, operators(), s.dash,
			"the grain's view beside each roster, and where they differ"},
		{"GET", "/api/dash/{path...}", operatorDoor, metrics.Dashboard, operators(), s.dash, ""}, // which says what there is

		{"GET", "/", publicDoor, metrics.Page, everybody(), s.home,
			"redirects to `/ui/foo` as one of the users; `/?choose` lets people choose, and so it does with `--auth jwt`"},
		{"GET", "/ui/{room}", publicDoor, metrics.Page, everybody(), s.page,
			"the room page, as `?id_user=`; where tokens are asked for, as whom that in its fragment, `#token=`, vouches for"},
		{"GET", "/dash", publicDoor, metrics.Page, everybody(), s.dashPage,
			"the dashboard's page; what it shows is for operators"},
		{"GET", "/assets/{file...}", publicDoor, metrics.Page, everybody(), s.asset,
			"files of the pages, which may be cached for ever"},
		{"", "/assets", publicDoor, metrics.Page, everybody(), s.nothing, ""},

		{"GET", "/users", publicDoor, metrics.Users, readingUsers(), s.traced("http", s.listUsers),
			"a page of the users, `{id_user, name, profile, version}`, sorted by the bytes of `id_user`, 1000 by default and at most: `?cursor=&limit=`; `Link: <…>; rel=\"next\"` if there is more. `?id_user=1&id_user=2`: those of several that exist. `?id_user=1,2` means 1, 2 and, should there be one, `1,2`"},
		{"POST", "/users", publicDoor, metrics.Users, keysFor(apikey.Users), s.traced("identity", s.addUser),
			"for operators and API keys: takes `{\"id_user\", \"name\"}`, and a `profile` or none; 201, or 409 if there is one"},
		{"PUT", "/users", publicDoor, metrics.Users, oneself(asked, apikey.Users), s.traced("identity", s.about(asked, s.putUser)),
			"`?id_user=`: as `PUT /users/{id}`, for ids that a path cannot carry"},
		{"DELETE", "/users", publicDoor, metrics.Users, keysFor(apikey.Users), s.traced("identity", s.about(asked, s.deleteUser)),
			"`?id_user=`: as `DELETE /users/{id}`"},
		{"GET", "/users/{id}", publicDoor, metrics.Users, anyToken(), s.traced("http", s.about(user, s.getUser)),
			"`{id_user, name, profile, version}`, with an `ETag`; without `profile` if the user has none"},
		{"PUT", "/users/{id}", publicDoor, metrics.Users, oneself(user, apikey.Users), s.traced("identity", s.about(user, s.putUser)),
			"takes `{\"name\": \"…\"}`, of 1 to 255 characters of which one is visible, `{\"profile\": …}`, any JSON of at most 4 KiB (`null` takes it away), or both; answers 204; `If-Match` and `If-None-Match` make it conditional (412, RFC 9110)"},
		{"DELETE", "/users/{id}", publicDoor, metrics.Users, keysFor(apikey.Users), s.traced("identity", s.about(user, s.deleteUser)),
			"for operators and API keys: 204; every node closes the user's sockets, and rooms are told `socket-disconnected`"},

		{"GET", "/api/roll", publicDoor, metrics.Roll, lists(inQuery), s.inRoom(inQuery, s.roomUsers),
			"`?room=`: as `/{room}/users`, for rooms that a path cannot carry (`..`, `a/b` behind proxies that clean paths)"},
		{"GET", "/api/rooms", publicDoor, metrics.Roll, listingRooms(), s.roomsOr(s.inRoom(inQuery, s.roomState)),
			"the rooms that somebody is in, `{rooms: [{room, sockets}], next, complete, missing}`, sorted by the bytes of their names, 100 by default and 1000 at most: `?cursor=&limit=&prefix=`, where `next` is the `cursor` of the next page, if there is one. `?room=`: as `/api/rooms/{room}`, likewise"},
		{"GET", "/api/rooms/{room}", publicDoor, metrics.Roll, lists(third), s.inRoom(third, s.roomState),
			"users with their sockets, nodes and times, counts, and how each node answered; `epoch` and `seq` are as far as the asked node has seen, and 0 where nobody of the room is; with `?expand=user` each user has `name`, `profile` and `version`"},
		{"GET", "/api/rooms/{room}/users", publicDoor, metrics.Roll, lists(third), s.inRoom(third, s.roomUsers),
			"as `/{room}/users`, for every room name"},
		{"GET", "/api/rooms/{room}/count", publicDoor, metrics.Roll, lists(third), s.traced("roll", s.about(third, s.countRoom)),
			"how many are in the room, `{room, sockets, users, complete, missing}`"},
		{"GET", "/{room}/users", publicDoor, metrics.Roll, lists(first), s.inRoom(first, s.roomUsers),
			"the roll: `[{\"id_socket\",\"id_user\",\"data\":{}}]`, sorted by `id_socket`; with `?expand=user` it is `{\"sockets\": [the same], \"users\": {id_user: {name, profile, version}}}`"},

		{"GET", "/api/users/{id}/sockets", publicDoor, metrics.API, provenOneself(backendUser, apikey.Read), s.traced("http", s.about(backendUser, s.socketsOf)),
			"a user's sockets, in rooms or in none, `{sockets: [{id_socket, node, since, rooms}], complete, missing}`"},
		{"DELETE", "/api/users/{id}/sockets", publicDoor, metrics.API, keysFor(apikey.Close), s.traced("http", s.about(backendUser, s.closeUser)),
			"closes a user's sockets: `{closed, complete, missing}`; their clients get the event `closing`, and do not come back by themselves"},
		{"POST", "/api/users/{id}/revoke", publicDoor, metrics.API, keysFor(apikey.Users), s.traced("identity", s.about(backendUser, s.revokeTokens)),
			"takes `{\"before\": \"2026-11-29T12:00:00Z\"}`, a time from 1970 to a day from now, or nothing for now: tokens of the user that were issued before are refused, and every node closes the sockets that showed them; 204"},
		{"POST", "/api/presence", publicDoor, metrics.API, keysFor(apikey.Read), s.traced("http", s.presence),
			"takes `{\"users\": […], \"rooms\": […]}`, at most 500 together; how many sockets each has, `{users: {…: {sockets}}, rooms: {…: {sockets}}, complete, missing}`"},
		{"POST", "/api/emit", publicDoor, metrics.API, keysFor(apikey.Emit), s.traced("http", s.emit),
			"takes `{\"room\" | \"id_user\" | \"id_socket\", \"event\", \"args\": […]}` of at most 64 KiB, and sends that event to the sockets that are meant; `Idempotency-Key` names it for ten minutes, in which a repetition reaches no socket twice; `{sockets, complete, missing}`"},
		{"DELETE", "/api/sockets/{id_socket}", publicDoor, metrics.API, keysFor(apikey.Close), s.traced("http", s.closeSocket),
			"closes a socket, likewise"},
		{"DELETE", "/api/rooms/{room}/sockets", publicDoor, metrics.API, keysFor(apikey.Close), s.traced("http", s.about(third, s.closeRoom)),
			"closes all sockets that are in a room, likewise"},
		{"DELETE", "/api/rooms/{room}/sockets/{id_socket}", publicDoor, metrics.API, withRight(access.Remove, third, apikey.Close), s.traced("http", s.about(third, s.removeSocket)),
			"takes a socket out of a room: `{removed, complete, missing}`; it gets the event `removed`, and the room is told `socket-disconnected`"},
		{"GET", "/api/openapi.json", publicDoor, metrics.API, everybody(), s.openAPI,
			"the routes below `/api`, `/users` and `/{room}/users` as OpenAPI 3.1"},

		{"", "/{path...}", publicDoor, metrics.Other, everybody(), s.nothing, ""},
	}...)
}
