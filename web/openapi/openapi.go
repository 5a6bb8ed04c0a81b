// Package openapi carries the description of the HTTP API, as OpenAPI 3.1.
package openapi

import _ "embed"

//go:embed openapi.json
var document []byte

// Document returns the description, as JSON. It must not be changed.
func Document() []byte { return document }
