//go:build e2e

// Package events does to the interfaces of a running daemon what hosts do to theirs: they come late, go, are renamed
// and made again, lose carrier, addresses, MTU and multicast, in an order drawn by chance. When all is as it was
// before, each virtual router has exactly one master and the kernel what that wants, and whoever was in FAULT has said why.
// With VRFs, in a user-mode kernel, interfaces also move between these, with what stands on them.
// "make test" plays a few sequences, "make proof" many.
package events

import (
	"os"
	"testing"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }
