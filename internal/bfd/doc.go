// Package bfd is Bidirectional Forwarding Detection as far as keepalived has it: asynchronous sessions
// (RFC 5880) with neighbours on the link (RFC 5881) or several hops away (RFC 5883), without authentication
// and without echo.
//
// Core holds all sessions of a host. It takes the time and what happened, and says what to send, what to
// tell others and what to log. It has no socket, no clock and no source of chance but its seed. Where RFC 5880 has
// a variable for something, the field is described with its name.
package bfd
