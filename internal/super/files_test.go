package super

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestLacksFiles(t *testing.T) {
	other := errors.New("no such device")
	if got := lacksFiles(other); got != other {
		t.Errorf("%v became %v", other, got)
	}
	deep := fmt.Errorf(
		"open VRRP sockets on eth0: %w",
		errors.Join(&net.OpError{Op: "file", Net: "file+net", Err: os.NewSyscallError("fcntl", syscall.EMFILE)}),
	)
	err := lacksFiles(deep)
	var perm *PermanentError
	if !errors.As(err, &perm) || perm.Status != statusFatal {
		t.Fatalf("%v is not permanent", err)
	}
	for _, want := range []string{"open VRRP sockets on eth0", "needs more file descriptors, the limit is ", "raise LimitNOFILE of the service, or ulimit -n"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}
