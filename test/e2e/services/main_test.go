//go:build e2e && uml

// Package services gives a running daemon, with a real table in a kernel of its own, one random configuration of virtual
// servers after the other, and asks who noticed: the table, its counters, and the log.
//
//	go test -exec "$PWD/test/uml/run" -tags e2e,uml ./test/e2e/services
package services

import (
	"os"
	"testing"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }
