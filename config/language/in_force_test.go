package language

import (
	"strings"
	"testing"
)

// A priority that no advert can carry is keepalived's default, whatever stood before it:
// never that of the address owner, which no failing script would lower.
func TestUnusablePriority(t *testing.T) {
	for _, bad := range []string{"0", "300", "256", "-5", "abc", "50x", `""`} {
		for _, state := range []string{"state MASTER", "state BACKUP", ""} {
			for _, before := range []string{"", "priority 150", "priority 255"} {
				cfg, diags := bind(t, instance(state, before, "priority "+bad))
				if got := cfg.Instances[0].Priority; got != 100 {
					t.Errorf("%s %s priority %s: %d", state, before, bad, got)
				}
				if d, ok := find(diags, "(A) priority: "); !ok || bad != `""` && !strings.HasSuffix(d.Text, "100 is used") {
					t.Errorf("%s %s priority %s: %v", state, before, bad, diags)
				}
			}
		}
	}
}

// A state that is none is BACKUP, also after MASTER; MASTER after BACKUP counts, BACKUP
// after MASTER does not.
func TestStateGivenTwice(t *testing.T) {
	for lines, want := range map[string]string{
		"state MASTER\n state FOO": "BACKUP 100", "state FOO": "BACKUP 100", "state FOO\n state MASTER": "MASTER 255",
		"state BACKUP\n state MASTER\n priority 7": "MASTER 7", "state MASTER\n state BACKUP\n priority 7": "MASTER 7",
		"state FOO\n priority 255": "BACKUP 255",
	} {
		cfg, _ := bind(t, instance(lines))
		in := cfg.Instances[0]
		if got := sprintf("%s %d", stateText(in.WantMaster), in.Priority); got != want || !in.StateGiven {
			t.Errorf("%q: %s, want %s", lines, got, want)
		}
	}
}

// What holds after a refused value is the one before, that of global_defs or the default.
func TestRefusedValueNamesWhatHolds(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{instance("advert_int 3\n advert_int 0"), "; 3 stays"},
		{instance("advert_int 0"), "; 1 is used"},
		{instance("garp_master_delay 9999"), "; 5, that of vrrp_garp_master_delay in global_defs, is used"},
		{"global_defs {\n vrrp_garp_master_delay 7\n}\n" + instance("garp_master_delay 9999"),
			"; 7, that of vrrp_garp_master_delay in global_defs, is used"},
		{instance("garp_master_refresh 9\n garp_master_refresh -1"), "; 0 is used"},
		{instance("lower_prio_no_advert on\n lower_prio_no_advert maybe"), "; true stays"},
		{instance("mcast_dst_ip 224.0.0.9\n mcast_dst_ip 10.0.0.1"), "; 224.0.0.9 stays"},
		{instance("authentication {\n auth_type PASS\n auth_type FOO\n }"), "; PASS stays"},
		{"global_defs {\n smtp_server 192.0.2.1\n smtp_server 1.2.3.4.5\n}\n" + instance(), "; 192.0.2.1 25 stays"},
		{service("delay_loop 7\n delay_loop x", ""), "; 7 stays"},
		{service("lb_algo foo", ""), "; rr stays"},
	} {
		_, diags := bind(t, tt.text)
		if _, ok := find(diags, tt.want); !ok {
			t.Errorf("%q: %v, want %s", tt.text, diags, tt.want)
		}
	}
}
