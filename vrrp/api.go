package vrrp

import "time"

// A Core is all virtual routers of a host with their sync groups and trackers:
// one value, used by one goroutine. Its methods take the time and what happened
// and return what to do. The slice returned is valid until the next call.
//
// On every wake-up the engine first gives all datagrams already received to
// Receive and only then calls Expire: a process that was stalled must not take
// over an address whose master has been heard in the meantime.
type Core struct{}

// New returns an empty Core.
func New() *Core { return &Core{} }

// Configure applies a configuration, the first one or that of a reload.
// Instances are matched by identity, not by name (semantics 7.1): one that did not change keeps its state and its timers.
func (c *Core) Configure(now time.Time, s Setup) []Action { return nil }

// Link reports the state of one interface.
func (c *Core) Link(now time.Time, l Link) []Action { return nil }

// Track reports the state of one tracked object.
func (c *Core) Track(now time.Time, kind TrackKind, name string, ok bool) []Action { return nil }

// Receive handles one received datagram.
func (c *Core) Receive(now time.Time, d Datagram) []Action { return nil }

// Expire runs every timer due at now.
func (c *Core) Expire(now time.Time) []Action { return nil }

// Next is the earliest deadline, false if there is none.
func (c *Core) Next() (time.Time, bool) { return time.Time{}, false }

// Stop ends all virtual routers: masters send priority 0 and give up their addresses (semantics 1.26).
func (c *Core) Stop(now time.Time) []Action { return nil }

// Status describes every virtual router, in the order of the configuration.
func (c *Core) Status() []Status { return nil }

// ClearCounters sets all counters to zero.
func (c *Core) ClearCounters() {}
