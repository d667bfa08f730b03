package routers

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/internal/golden"
	"holdfast/internal/metric"
	"holdfast/internal/metric/exposed"
	"holdfast/internal/track"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// measured is a scene with something of everything.
func measured() *Snapshot {
	s := snapshot()
	s.Instances[0].Moves = vrrp.Moves{vrrp.Init: {vrrp.Backup: 1}, vrrp.Backup: {vrrp.Master: 3}, vrrp.Master: {vrrp.Backup: 2}}
	s.Instances[0].Causes = vrrp.Causes{vrrp.CauseStart: 1, vrrp.CauseMasterSilent: 3, vrrp.CauseHigherPriority: 2}
	one, two := netip.MustParseAddr("192.168.1.152"), netip.MustParseAddr("192.168.1.153")
	s.Instances[0].Refusals = []vrrp.Refusal{{Addr: one, Reason: wire.TooShort, Count: 4}, {Addr: two, Reason: wire.BadTTL, Count: 5},
		{Addr: one, Reason: wire.BadIPLength, Count: 6}, {Reason: wire.BadTTL, Count: 7}}
	excluded := *s.Instances[0].Config
	excluded.ExcludedVIPs = excluded.VIPs[:1]
	s.Instances[0].Config = &excluded
	bare := *s.Instances[1].Config
	bare.Name, bare.VIPs = "bare \"\xe4\n", nil
	s.Instances = append(s.Instances, vrrp.Status{Config: &bare, Priority: bare.Priority, State: vrrp.Init})
	s.Announced = [2]uint64{7, 8}
	s.Repairs = []Repair{{"virtual address", 4}, {"route", 0}}
	return s
}

func TestMetrics(t *testing.T) {
	text := exposed.Text(t, Metrics(measured()).Tables)
	golden.Equal(t, "testdata/metrics.txt", text)
	exposed.Lint(t, text)
	exposed.Series(t, text)
	exposed.Complete(t, "vrrp", text)
}

// Two addresses that look alike, and a script without a result.
func TestMetricsHaveNoSeriesTwice(t *testing.T) {
	s := measured()
	one := *s.Instances[0].Config
	one.VIPs = append(one.VIPs, one.VIPs[0])
	s.Instances[0].Config = &one
	s.Scripts = append(s.Scripts, config.Script{Name: "new"})
	series := exposed.Series(t, exposed.Text(t, Metrics(s).Tables))
	if v, is := series[`keepalived_script_status{name="new"}`]; is {
		t.Errorf("a script without a result is %s", v)
	}
	if v := series[`keepalived_script_state{name="new"}`]; v != "0" {
		t.Errorf("a script that does not run is %q", v)
	}
}

// What keepalived-exporter makes of the files of the same moment is there with the same labels and values. It takes
// counters and states from keepalived.json, and scripts from keepalived.data.
func TestSeriesOfTheExporter(t *testing.T) {
	s := measured()
	s.Scripts = []config.Script{{Name: "good"}, {Name: "bad"}}
	s.Tracked = map[vrrp.Tracked]vrrp.Value{
		{Kind: config.TrackedScript, Name: "good"}: {Known: true, Value: 1}, {Kind: config.TrackedScript, Name: "bad"}: {Known: true},
	}
	s.Runs = map[string]track.Run{"bad": {Running: true}}
	text, err := JSON(s)
	if err != nil {
		t.Fatal(err)
	}
	var file []struct {
		Data struct {
			Name      string   `json:"iname"`
			Dev       string   `json:"ifp_ifname"`
			VRID      int      `json:"vrid"`
			State     int      `json:"state"`
			Delay     int      `json:"garp_delay"`
			VIPs      []string `json:"vips"`
			Excluded  []string `json:"evips"`
			Unrelated bool     `json:"vipset"`
		} `json:"data"`
		Stats map[string]int `json:"stats"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, i := range file {
		labels := metric.Labels("iname", i.Data.Name, "intf", i.Data.Dev, "vrid", fmt.Sprint(i.Data.VRID))
		if strings.HasPrefix(i.Data.Name, "bare") { // its name has a byte that is no text, which JSON cannot tell
			labels = metric.Labels("iname", "bare \"\xe4\n", "intf", i.Data.Dev, "vrid", fmt.Sprint(i.Data.VRID))
		}
		for name, key := range map[string]string{
			"advertisements_received_total": "advert_rcvd", "advertisements_sent_total": "advert_sent",
			"become_master_total": "become_master", "release_master_total": "release_master",
			"packet_length_errors_total": "packet_len_err", "advertisements_interval_errors_total": "advert_interval_err",
			"ip_ttl_errors_total": "ip_ttl_err", "invalid_type_received_total": "invalid_type_rcvd",
			"address_list_errors_total": "addr_list_err", "authentication_invalid_total": "invalid_authtype",
			"authentication_mismatch_total": "authtype_mismatch", "authentication_failure_total": "auth_failure",
			"priority_zero_received_total": "pri_zero_rcvd", "priority_zero_sent_total": "pri_zero_sent",
		} {
			want["keepalived_"+name+"{"+labels+"}"] = fmt.Sprint(i.Stats[key])
		}
		want["keepalived_gratuitous_arp_delay_total{"+labels+"}"] = fmt.Sprint(i.Data.Delay)
		for family, lines := range map[string][]string{"vrrp_state": i.Data.VIPs, "vrrp_excluded_state": i.Data.Excluded} {
			for _, line := range lines {
				word := strings.Split(line, " ")
				want["keepalived_"+family+"{"+metric.Labels("iname", i.Data.Name, "intf", word[2], "vrid", fmt.Sprint(i.Data.VRID),
					"ip_address", word[0])+"}"] = fmt.Sprint(i.Data.State)
			}
		}
		if len(i.Data.VIPs) == 0 {
			want["keepalived_vrrp_state{"+labels+`,ip_address=""}`] = fmt.Sprint(i.Data.State)
		}
	}
	name, status := "", map[string]string{"GOOD": "1", "BAD": "0"}
	states := map[string]string{"idle": "0", "running": "1"}
	for line := range strings.Lines(string(Data(s, ids))) {
		key, value, is := strings.Cut(strings.TrimSpace(line), " = ")
		switch {
		case is && key == "VRRP Script":
			name = value
		case is && name != "" && key == "Status" && status[value] != "":
			want["keepalived_script_status{"+metric.Labels("name", name)+"}"] = status[value]
		case is && name != "" && key == "State" && states[value] != "":
			want["keepalived_script_state{"+metric.Labels("name", name)+"}"] = states[value]
		case !strings.HasPrefix(line, "   "):
			name = ""
		}
	}
	if len(want) < 15*len(file)+2*len(s.Scripts) {
		t.Fatalf("only %d series are looked for", len(want))
	}
	got := exposed.Series(t, exposed.Text(t, Metrics(s).Tables))
	for series, value := range want {
		if got[series] != value {
			t.Errorf("%s %s, want %s", series, got[series], value)
		}
	}
}

func gen2brain(s *Snapshot) metric.Table {
	g := NewGen2brain()
	for n := range s.Instances {
		g.Router(&s.Instances[n])
	}
	return g.Table()
}

func TestGen2brain(t *testing.T) {
	series := exposed.Series(t, exposed.Text(t, []metric.Table{gen2brain(measured())}))
	labels := `{name="VI_1",intf="eth0",vrid="51",state="MASTER"}`
	for name, want := range map[string]string{"advert_rcvd": "1", "packet_len_err": "5", "ip_ttl_err": "6",
		"advert_interval_err": "8", "pri_zero_sent": "14"} {
		if got := series["keepalived_vrrp_"+name+labels]; got != want {
			t.Errorf("%s: %q, want %s", name, got, want)
		}
	}
	if want := 14 * len(measured().Instances); len(series) != want {
		t.Errorf("%d series, want %d", len(series), want)
	}
}
