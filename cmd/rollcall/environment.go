package main

import (
	"fmt"
	"reflect"
	"strings"
)

// environment returns settings as variables, KEY=value, such that a process
// that gets them and no flags has the same settings: one for each field with an
// env tag, under the first name there. settings is a struct whose tags are kong's.
func environment(settings any) []string {
	var variables []string
	value := reflect.ValueOf(settings)
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if field.Anonymous {
			variables = append(variables, environment(value.Field(i).Interface())...)
			continue
		}
		if name, _, _ := strings.Cut(field.Tag.Get("env"), ","); name != "" {
			variables = append(variables, name+"="+text(value.Field(i).Interface()))
		}
	}
	return variables
}

func text(value any) string {
	if list, ok := value.([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(value)
}
