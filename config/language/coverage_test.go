package language

import (
	"path"
	"strings"
	"testing"
)

// Keywords whose effect other tests show: blocks, and what stands in a block that
// a value writes as a whole.
var shownElsewhere = map[string]string{
	"global_defs/vrrp_gna_interval":           "values",
	"global_defs/vrrp_vmac_garp_intvl":        "TestExtraInterfacesOfAnInstance",
	"vrrp_instance/vmac_garp_intvl":           "TestExtraInterfacesOfAnInstance",
	"vrrp_instance/linkbeat_use_polling":      "TestLinkbeatOfAnInstance",
	"vrrp_instance/lvs_sync_daemon_interface": "TestSyncDaemonOfAnInstance",
	"vrrp_instance/no_virtual_ipaddress":      "TestNoVirtualIPAddressSilences",
	"vrrp_instance/track_script":              "TestTrackScript",
	"vrrp_instance/track_file":                "TestDirectionOfTrackers",
	"vrrp_sync_group/track_file":              "TestDirectionOfTrackers",
	"vrrp_instance/track_process":             "TestDirectionOfTrackers",
	"vrrp_sync_group/track_process":           "TestDirectionOfTrackers",
	"vrrp_instance/track_bfd":                 "TestDirectionOfTrackers",
	"vrrp_sync_group/track_bfd":               "TestDirectionOfTrackers",
	"vrrp_sync_group/track_script":            "TestTrackScript",
	"vrrp_instance/authentication/auth_type":  "authentication",
	"vrrp_instance/authentication/auth_pass":  "authentication",
	"vrrp_sync_group/group":                   "TestSemantics6_5_Members",
	"virtual_server/delay_loop":               "TestSemantics9_2_Inheritance",
	"virtual_server/connect_timeout":          "TestSemantics9_2_Inheritance",
	"virtual_server/retry":                    "TestSemantics9_2_Inheritance",
	"virtual_server/delay_before_retry":       "TestSemantics9_2_Inheritance",
	"virtual_server/warmup":                   "TestSemantics9_2_Inheritance",
	"virtual_server/virtualhost":              "TestSemantics9_2_Inheritance",
	"real_server/delay_loop":                  "TestSemantics9_2_Inheritance",
	"real_server/connect_timeout":             "TestSemantics9_2_Inheritance",
	"real_server/retry":                       "TestSemantics9_2_Inheritance",
	"real_server/delay_before_retry":          "TestSemantics9_2_Inheritance",
	"real_server/warmup":                      "TestSemantics9_2_Inheritance",
	"real_server/virtualhost":                 "TestSemantics9_2_Inheritance",
	"HTTP_GET/nb_get_retry":                   "testdata/bad/keyword_deprecated",
	"SSL_GET/nb_get_retry":                    "testdata/bad/keyword_deprecated",
	"vrrp_instance/thread_timer_expired":      "testdata/bad/keyword_deprecated_instance",
	"virtual_server/hashed":                   "testdata/bad/scheduler_flags",
	"virtual_server/ip_family":                "TestFWMarkFamily",
	"url/path":                                "values",
	"virtual_server_group":                    "TestServerGroupEntries",
	"url/tls_compliant":                       "values",
	"MISC_CHECK/misc_path":                    "values",
	"virtual_server/sh-fallback":              "TestSchedulerFlagsAreBits",
	"global_defs/vrrp_iptables":               "TestIPTablesMeansNFTables",
	"global_defs/vrrp_ipsets":                 "TestIPTablesMeansNFTables",
	"virtual_server/flag-2":                   "TestSchedulerFlagsAreBits",
}

// Every keyword that sets something is in the table of values, or named above.
func TestEveryWorkingKeywordIsTested(t *testing.T) {
	tested := map[string]bool{}
	for _, v := range values() {
		for _, line := range strings.Split(v.keyword+" "+v.args, "\n") {
			if f := strings.Fields(line); len(f) > 0 {
				tested[path.Join(v.block, f[0])] = true
			}
		}
	}
	for _, k := range Table().Keywords() {
		if k.Support != Works && !lvsSide(k) && !smallBlock(k.Block) || k.Block == AnyBlock ||
			strings.HasSuffix(k.Block, Entry) {
			continue
		}
		block := path.Base(k.Block)
		if k.Block == "" {
			block = ""
		}
		name := path.Join(block, k.Name)
		if k.Block == "vrrp_instance/authentication" {
			name = path.Join(k.Block, k.Name)
		}
		if k.Opens && !k.List {
			continue
		}
		if !tested[name] && shownElsewhere[name] == "" {
			t.Errorf("%s is in no test", name)
		}
	}
}
