// Package engine is the vrrp role: it runs the protocol of package vrrp on a host.
//
// One goroutine, the loop, is the only writer of all state. It owns the sockets and
// waits for them itself, so that on every wake-up whatever has been received is
// handled before any timer: a process that was stalled does not take over an
// address whose master has been heard in the meantime. The watcher of
// interfaces, track scripts and callers send it closures; what it does to the host
// is the vrrp.Output of the core, plane by plane. Routers are known by their vrrp.ID; names are
// for text.
package engine
