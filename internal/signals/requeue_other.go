//go:build !amd64 && !arm64

package signals

import "syscall"

// handled is nothing: here a signal is lost that another thread takes in the moment before the program is executed, and
// HUP ends that when it has no channel yet.
type handled struct{}

func putBack([]syscall.Signal) ([]handled, error) { return nil, nil }

func restore([]handled) {}

func blockElsewhere([]syscall.Signal) {}

func ignore(syscall.Signal) {}
