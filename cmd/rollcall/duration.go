package main

import (
	"fmt"
	"reflect"
	"strings"
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

// decodeMoment reads a time; its error says how to write one.
func decodeMoment(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("time")
	if err != nil {
		return err
	}
	text := token.String()
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("%q is no time; write one as 2026-11-29T12:00:00Z", text)
	}
	target.Set(reflect.ValueOf(moment))
	return nil
}

// brief returns a duration as people write it: 1h, and not 1h0m0s.
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
