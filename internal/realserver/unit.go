package realserver

import (
	"fmt"
	"net/netip"
	"strings"
)

// UnitName is the unit of systemd that serves a wish when the machine is booted.
const UnitName = "holdfast-realserver.service"

// Unit is the text of the unit, which is where the wish is kept over reboots. The program is what runs now.
func Unit(w Wish, program string) string {
	var b strings.Builder
	b.WriteString(`# Written by "holdfast realserver apply", read by it and by "remove".
[Unit]
Description=Virtual addresses of a real server
Documentation=man:holdfast(8)
After=systemd-sysctl.service systemd-modules-load.service
Before=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
`)
	for _, line := range w.Lines() {
		// Quotes are not needed: neither addresses nor these options have blanks. A path may, and % stands for itself twice.
		fmt.Fprintf(&b, "ExecStart=%s realserver apply --runtime %s\n", unitWord(program), strings.Join(line, " "))
	}
	b.WriteString("\n[Install]\nWantedBy=multi-user.target\n")
	return b.String()
}

func unitWord(path string) string {
	path = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(path)
	if strings.ContainsAny(path, " \t") {
		return `"` + path + `"`
	}
	return path
}

// ParseUnit finds the wish in the text of a unit.
func ParseUnit(text string) (Wish, error) {
	var w Wish
	for line := range strings.Lines(text) {
		_, words, ok := strings.Cut(strings.TrimSpace(line), " realserver apply ")
		if !ok || !strings.HasPrefix(line, "ExecStart=") {
			continue
		}
		part, err := parseLine(strings.Fields(words))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
		}
		for _, e := range part {
			w = w.With([]netip.Addr{e.Addr}, e.Method)
		}
	}
	return w, nil
}
