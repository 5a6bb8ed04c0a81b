package main

import (
	"fmt"
	"reflect"
	"time"

	"github.com/alecthomas/kong"
)

// decodeDuration reads a duration; its error says how to write one.
func decodeDuration(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("duration")
	if err != nil {
		return err
	}
	text := token.String()
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration; write a number with its unit, as 250ms, 10s or 1m", text)
	}
	target.SetInt(int64(d))
	return nil
}
