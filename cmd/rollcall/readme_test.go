package main

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// The configuration table of the README names every flag under all its names in
// the environment.
func TestReadmeNamesEverySetting(t *testing.T) {
	readme, err := os.ReadFile("../../docs/reference/flags.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []any{ServeCmd{}, ClusterCmd{}} {
		for _, names := range variablesOf(reflect.TypeOf(command)) {
			for name := range strings.SplitSeq(names, ",") {
				if !strings.Contains(string(readme), "`"+name+"`") && !strings.HasSuffix(name, "_PORT") {
					t.Errorf("%s is not in the README", name)
				}
			}
		}
	}
}

func variablesOf(settings reflect.Type) []string {
	var variables []string
	for field := range settings.Fields() {
		if field.Anonymous {
			variables = append(variables, variablesOf(field.Type)...)
		} else if names := field.Tag.Get("env"); names != "" {
			variables = append(variables, names)
		}
	}
	return variables
}
