package language

import (
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
)

// The old word in an instance is the new one with the number 0, unless the new one is there, or an instance before
// has it.
func TestSyncDaemonOfAnInstance(t *testing.T) {
	old := config.SyncDaemon{Interface: "eth1", VRRP: "A", IDGiven: true}
	for _, tt := range []struct {
		name, text string
		want       config.SyncDaemon
	}{
		{"alone", instance("lvs_sync_daemon_interface eth1"), old},
		{"after others", instance() + strings.Replace(second, "eth0", "eth0\n lvs_sync_daemon_interface eth1", 1),
			config.SyncDaemon{Interface: "eth1", VRRP: "B", IDGiven: true}},
		{"the first counts", instance("lvs_sync_daemon_interface eth1") +
			strings.Replace(second, "eth0", "eth0\n lvs_sync_daemon_interface eth2", 1), old},
		{"not beside the new one", "global_defs {\n lvs_sync_daemon eth0 id 5\n}\n" +
			instance("lvs_sync_daemon_interface eth1"), config.SyncDaemon{Interface: "eth0", ID: 5, IDGiven: true}},
		{"nor above it", instance("lvs_sync_daemon_interface eth1") + "global_defs {\n lvs_sync_daemon eth0 inst A\n}\n",
			config.SyncDaemon{Interface: "eth0", VRRP: "A"}},
	} {
		cfg, _ := bind(t, tt.text)
		got := cfg.Global.SyncDaemon
		if !got.Pos.IsValid() {
			t.Errorf("%s: no position", tt.name)
		}
		if got.Pos = (syntax.Pos{}); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
