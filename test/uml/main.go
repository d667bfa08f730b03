package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// exitBroken is the exit status when the guest itself failed, as opposed to the
// program in it.
const exitBroken = 125

func main() {
	switch {
	case filepath.Base(os.Args[0]) == "modprobe":
		os.Exit(modprobeMain(os.Args[1:]))
	case os.Getenv(guestDirVar) != "" && (os.Getpid() == 1 || os.Getenv(insideVar) != ""):
		guestMain(os.Getenv(guestDirVar))
	case len(os.Args) < 2:
		fmt.Fprintln(os.Stderr, "usage: umlrun PROGRAM [ARG]...")
		os.Exit(exitBroken)
	default:
		os.Exit(launch(os.Args[1:]))
	}
}
