//go:build ipvs

package systemd

import (
	"fmt"
	"os"
	"strings"
)

// hardened: with the file for sites whose scripts do no more than ask, the service does what it did, and the file says
// the truth about itself.
func (m *machine) hardened() {
	const at = "/etc/systemd/system/holdfast.service.d"
	m.must("install", "-D", "-m", "644", "/usr/share/doc/holdfast/hardened.conf", at+"/hardened.conf")
	m.must("systemctl", "daemon-reload")
	m.configure(plainConf)
	m.must("systemctl", "restart", "holdfast.service")
	m.works()
	m.must("systemd-analyze", "security", "--no-pager", "--threshold=29", "holdfast.service") // below 3.0
	for property, want := range map[string]string{"NoNewPrivileges": "yes", "ProtectSystem": "strict", "PrivateTmp": "yes"} {
		if got := m.show(property); got != want {
			m.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	bound := m.must("grep", "CapBnd", fmt.Sprintf("/proc/%d/status", readPID("vrrp.pid")))
	if want := "00000000000034e0"; !strings.Contains(bound, want) { // NET_ADMIN, NET_RAW, NET_BIND_SERVICE, SETUID, SETGID, KILL
		m.Errorf("the vrrp process is bound to %s, want %s", bound, want)
	}
	m.reloadPriority()
	m.ask()
	m.must("systemctl", "kill", "--kill-whom=main", "--signal=USR1", "holdfast.service")
	dump := fmt.Sprintf("/proc/%d/root/tmp/keepalived.data", m.mainPID())
	m.eventually(dump, func() (bool, string) {
		st, err := os.Stat(dump)
		return err == nil && st.Size() > 0, fmt.Sprint(err)
	})
	m.stop()

	m.must("rm", "-r", at)
	m.must("systemctl", "daemon-reload")
	m.configure(m.text)
	m.must("systemctl", "start", "holdfast.service")
	m.works()
}
