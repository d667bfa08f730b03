package super

import (
	"errors"
	"fmt"
	"syscall"
)

// leastFiles is with how few file descriptors a process of the daemon still works, on
// a pair of interfaces.
const leastFiles = 24

const raiseIt = "raise LimitNOFILE of the service, or ulimit -n"

// fileLimit is how many file descriptors this process may have: the runtime has raised
// the soft limit to the hard one.
func fileLimit() (uint64, error) {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return limit.Cur, err
}

// enoughFiles fails when the limit of file descriptors is too low for any configuration.
func enoughFiles() error {
	limit, err := fileLimit()
	if err != nil || limit >= leastFiles {
		return nil
	}
	return fmt.Errorf("needs %d file descriptors at least, the limit is %d: %s", leastFiles, limit, raiseIt)
}

// lacksFiles makes an error permanent that comes from the limit of file descriptors: a
// process that is started again has the same limit.
func lacksFiles(err error) error {
	limit, unknown := fileLimit()
	if unknown != nil || !errors.Is(err, syscall.EMFILE) {
		return err
	}
	return &PermanentError{Status: statusFatal,
		Err: fmt.Errorf("%w: this configuration needs more file descriptors, the limit is %d: %s", err, limit, raiseIt)}
}
