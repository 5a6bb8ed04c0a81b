package main

import "log/slog"

// warnOfStrangers logs what they can do who reach a node, if others than this machine do.
// Rollcall believes an id_user that it knows: it cannot tell whose it is.
func warnOfStrangers(log *slog.Logger, listens ...Address) {
	for _, listen := range listens {
		if listen == "" || listen.local() {
			continue
		}
		log.Warn("whoever reaches --listen can connect as any id_user, rename every user, and list and join every room: "+
			"put a proxy in front that checks who they are and what they ask for, or listen on this machine only (--listen "+listen.at("127.0.0.1")+")",
			"listen", string(listen))
		return
	}
}
