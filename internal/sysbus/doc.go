// Package sysbus shows virtual routers on the D-Bus system bus as keepalived does (enable_dbus): an object for each of
// them with its name and state, signals when that changes, and methods that print, reload and announce. Nothing that
// the bus does, or does not do, reaches the daemon: it has a connection of its own with bounds on everything, a bus
// that is missing or goes away is tried again, later and later, and a message that makes no sense is dropped. Who may
// do what is the bus's to decide, by a policy: ours lets only root call methods.
package sysbus
