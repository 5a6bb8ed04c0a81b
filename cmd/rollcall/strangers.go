package main

import "log/slog"

// warnOfStrangers logs what they can do who reach a node, if others than this machine do.
// With --auth none an id_user is believed: nothing tells whose it is.
func (a *Access) warnOfStrangers(log *slog.Logger, listens ...Address) {
	if a.Auth != authNone {
		return
	}
	for _, listen := range listens {
		if listen == "" || listen.local() {
			continue
		}
		log.Warn("--auth none: whoever reaches --listen can connect as any id_user, rename every user, and list and join every room: "+
			"have them show tokens (--auth jwt), put a proxy in front that checks who they are and what they ask for, or listen on this machine only (--listen "+listen.at("127.0.0.1")+")",
			"listen", string(listen))
		return
	}
}
