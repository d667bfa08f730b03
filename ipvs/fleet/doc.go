// Package fleet plays many directors of one address: routers spread the flows of clients over them, each has a table of
// IPVS, and directors and servers fail and join. It counts the flows that come to another director, and those that end
// although their server lives. It is pure, and the same for the same seed; docs/scale.md has its tables.
//
// A flow is a long-lived TCP connection. A director that knows it goes on with the server that it has; to one that
// does not, it comes in the midst: without sloppy_tcp it is refused, and with it it gets the server that the scheduler
// says, which refuses it unless it is the right one.
package fleet
