//go:build e2e

// Package reloads gives a running daemon one random configuration after the other and asks who noticed: the wire, by
// the kernel's time stamps, the kernel, by what it tells of addresses, routes and rules, and the log. What two
// configurations have alike must go on as if nothing had happened, and what the kernel has must be what a fresh start
// with the new configuration gives. "make test" plays some pairs, "make proof" a thousand.
package reloads

import (
	"os"
	"testing"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }
