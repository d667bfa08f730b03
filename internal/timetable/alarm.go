package timetable

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// An alarm rings when a time of the wall clock has come, and whenever that clock is set.
type alarm struct {
	fd   int
	file *os.File
}

func newAlarm(ring func()) (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	a := &alarm{fd, os.NewFile(uintptr(fd), "alarm")}
	go func() {
		for count := make([]byte, 8); ; {
			_, err := a.file.Read(count)
			// That is how the kernel says that the clock was set.
			if err != nil && !errors.Is(err, unix.ECANCELED) {
				return
			}
			ring()
		}
	}()
	return a, nil
}

// set gives the alarm its time, the zero time for none.
func (a *alarm) set(at time.Time) error {
	if at.IsZero() {
		at = time.Now().AddDate(1, 0, 0) // never: it is asked for again when it rings, and when the clock is set
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(at.UnixNano())}
	err := unix.TimerfdSettime(a.fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &spec, nil)
	return os.NewSyscallError("timerfd_settime", err)
}

func (a *alarm) close() { _ = a.file.Close() }
