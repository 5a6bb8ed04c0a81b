package webtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/rollcall/rollcall/web/openapi"
)

// longestChecked is how many bytes of JSON are checked: what is longer has more of the same.
const longestChecked = 64 << 10

// API is the description of the API, to which answers are held.
type API struct {
	document *openapi3.T
	paths    []string // fixed segments before those that stand for any
}

// NewAPI returns the description that the program shows, if it is a good one.
func NewAPI(ctx context.Context) (*API, error) {
	document, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		return nil, err
	}
	if err := document.Validate(ctx, openapi3.IsOpenAPI31OrLater()); err != nil {
		return nil, err
	}
	a := &API{document: document, paths: document.Paths.Keys()}
	slices.SortFunc(a.paths, func(x, y string) int {
		return strings.Compare(strings.ReplaceAll(x, "{", "~"), strings.ReplaceAll(y, "{", "~"))
	})
	return a, nil
}

// Operations returns what is described, as "GET /users/{id}".
func (a *API) Operations() []string {
	var all []string
	for path, item := range a.document.Paths.Map() {
		for method := range item.Operations() {
			all = append(all, method+" "+path)
		}
	}
	return all
}

// Describes reports whether a request is one of those that are described.
func (a *API) Describes(r *http.Request) bool {
	path, ok := a.find(r.URL.EscapedPath())
	return ok && a.document.Paths.Value(path).GetOperation(r.Method) != nil
}

// Check returns what is wrong with the answer to a request that is described. Another
// request, or another method than its path has, can be answered by anything.
func (a *API) Check(r *http.Request, status int, header http.Header, body []byte) error {
	if !a.Describes(r) || len(body) > longestChecked {
		return nil
	}
	path, _ := a.find(r.URL.EscapedPath())
	item := a.document.Paths.Value(path)
	operation := item.GetOperation(r.Method)
	err := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: r, Route: &routers.Route{Spec: a.document, Path: path, PathItem: item, Method: r.Method, Operation: operation},
		},
		Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		return fmt.Errorf("%s %s is answered by %d %.2000s, which is not as %s describes it: %w", r.Method, r.URL, status, body, path, err)
	}
	return nil
}

// find returns the described path of one that was asked for.
func (a *API) find(escaped string) (string, bool) {
	asked := strings.Split(strings.TrimSuffix(escaped, "/"), "/")
	if len(asked) > 1 && slices.Contains([]string{"ui", "socket.io", "assets"}, asked[1]) {
		return "", false // no API, though a room might be called that
	}
	i := slices.IndexFunc(a.paths, func(path string) bool {
		parts := strings.Split(path, "/")
		return slices.EqualFunc(parts, asked, func(part, segment string) bool {
			return part == segment || strings.HasPrefix(part, "{") && segment != ""
		})
	})
	if i < 0 {
		return "", false
	}
	return a.paths[i], true
}
