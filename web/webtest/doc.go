// Package webtest is how the tests of package web and of its parts reach a server: over
// real connections. It is for tests only, and imports none of what they test.
package webtest
