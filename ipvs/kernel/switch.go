package kernel

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"holdfast/internal/netspace"
	"holdfast/ipvs"
)

// Switch is what a switch is set to: 0 is off.
func (h *Handle) Switch(s ipvs.Switch) (int, error) {
	var text []byte
	err := h.there(func() (err error) {
		text, err = os.ReadFile(switchPath(s))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reading %s: %w", s.Sysctl(), err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("reading %s: %w", s.Sysctl(), err)
	}
	return n, nil
}

// SetSwitch sets a switch.
func (h *Handle) SetSwitch(s ipvs.Switch, value int) error {
	err := h.there(func() error { return os.WriteFile(switchPath(s), []byte(strconv.Itoa(value)+"\n"), 0) })
	if err != nil {
		return fmt.Errorf("setting %s to %d: %w", s.Sysctl(), value, err)
	}
	return nil
}

func switchPath(s ipvs.Switch) string { return "/proc/sys/net/ipv4/vs/" + string(s) }

// there does something in the namespace of the table: what /proc/sys/net shows is that of the
// thread that looks.
func (h *Handle) there(fn func() error) error {
	if h.space == nil {
		return fn()
	}
	return netspace.Do(h.space, fn)
}
