//go:build e2e && acceptance

// Package tables gives real files with virtual servers to keepalived and to the daemon under test, each in a namespace of
// its own, and compares what ipvsadm tells of both: while all real servers answer, while some are gone, and when they are
// back. HOLDFAST_CORPUS is the directory of the files, TABLES_ONLY how the names
// of those to play begin, with commas between.
//
//	go test -exec "$PWD/test/uml/run" -tags e2e,acceptance ./test/e2e/tables
package tables

import (
	"os"
	"testing"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }
