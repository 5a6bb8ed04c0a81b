package httpserver

import "github.com/rollcall/rollcall/protos/problem"

// longestLogged is how many bytes of what a stranger sent are logged.
const longestLogged = 200

// Clip returns what a stranger sent as it is logged.
func Clip(text string) string { return problem.ClipTo(text, longestLogged) }
