// Package web is how the world reaches a node: the routes of the application
// contract, the Engine.IO transports, and the pages.
package web
