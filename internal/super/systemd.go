package super

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Systemd is the notification socket of sd_notify(3). Unlike keepalived (cli
// 10.1) it is used whenever NOTIFY_SOCKET is set, whoever set it. The zero Systemd
// tells nobody.
type Systemd struct{ addr string }

// SystemdFromEnv takes NOTIFY_SOCKET out of the environment, so that no child has it.
func SystemdFromEnv() Systemd {
	addr := os.Getenv("NOTIFY_SOCKET")
	_ = os.Unsetenv("NOTIFY_SOCKET")
	// `/run/systemd/notify`, or `@name` in the abstract name space; anything else counts as unset.
	if !strings.HasPrefix(addr, "/") && !strings.HasPrefix(addr, "@") {
		return Systemd{}
	}
	return Systemd{addr: addr}
}

// send sends the lines as one datagram without waiting.
func (s Systemd) send(lines ...string) error {
	if s.addr == "" {
		return nil
	}
	// A socket for each message: there are only a few in the life of a daemon.
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("notify systemd: %v", err)
	}
	defer unix.Close(fd)
	// x/sys turns a leading @ into the NUL of the abstract name space
	to := &unix.SockaddrUnix{Name: s.addr}
	// A systemd that does not read must not hold up the daemon.
	if err := unix.Sendto(fd, []byte(strings.Join(lines, "\n")), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, to); err != nil {
		return fmt.Errorf("notify systemd at %s: %v", s.addr, err)
	}
	return nil
}

func (s Systemd) ready(status string) error {
	return s.send("READY=1", fmt.Sprintf("MAINPID=%d", os.Getpid()), "STATUS="+status)
}

// reloading carries the monotonic time that Type=notify-reload wants.
func (s Systemd) reloading() error {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return fmt.Errorf("notify systemd: %v", err)
	}
	usec := time.Duration(ts.Nano()).Microseconds()
	return s.send("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", usec), "STATUS=Reloading")
}

func (s Systemd) stopping() error { return s.send("STOPPING=1", "STATUS=Stopping") }

func (s Systemd) failed(text string, errno int) error {
	return s.send("STATUS="+text, fmt.Sprintf("ERRNO=%d", errno))
}

// summary is the STATUS of systemd.
func (s *Supervisor) summary() string {
	var parts []string
	for _, sl := range s.slots {
		if n := sl.role.Work.Count(s.current.config); n > 0 {
			parts = append(parts, counted(n, sl.role.Work.Thing))
		}
	}
	if len(parts) == 0 {
		return "Running nothing"
	}
	return "Running " + strings.Join(parts, ", ")
}

// counted is a number of things: "1 vrrp instance", "2 vrrp instances".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
