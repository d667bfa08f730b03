package language

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/config/syntax"
)

const hmacKey = "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// first1 gives a field of the first of some objects, "none" if there is none.
func first1[T any](list func(*config.Config) []T, f func(*T) any) func(*config.Config) any {
	return func(c *config.Config) any {
		all := list(c)
		if len(all) == 0 {
			return "none"
		}
		return f(&all[0])
	}
}

func process1(f func(*config.TrackProcess) any) func(*config.Config) any {
	return first1(func(c *config.Config) []config.TrackProcess { return c.TrackProcesses }, f)
}
func file1(f func(*config.TrackFile) any) func(*config.Config) any {
	return first1(func(c *config.Config) []config.TrackFile { return c.TrackFiles }, f)
}
func bfd1(f func(*config.BFD) any) func(*config.Config) any {
	return first1(func(c *config.Config) []config.BFD { return c.BFDs }, f)
}
func garp1(f func(*config.GARPGroup) any) func(*config.Config) any {
	return first1(func(c *config.Config) []config.GARPGroup { return c.GARPGroups }, f)
}

// smallValues are the values of the small blocks: what is tracked, groups of interfaces
// and of routers, signatures.
func smallValues() []value {
	h := func(f func(*config.HMAC) any) func(*config.Config) any {
		return inst(func(i *config.Instance) any { return f(&i.HMAC) })
	}
	members := first1(func(c *config.Config) []config.TrackGroup { return c.TrackGroups },
		func(g *config.TrackGroup) any { return g.Members })
	out := []value{
		{"track_group", "group", "{\n A B\n C\n}", members, "[]", "[A B C]"},
		{"", "linkbeat_use_polling", "", func(c *config.Config) any { return c.Linkbeat.All }, "false", "true"},
		{"", "linkbeat_interfaces", "{\n eth0 MII\n eth1\n eth0 IOCTL\n}", func(c *config.Config) any {
			var list []string
			for _, l := range c.Linkbeat.Interfaces {
				list = append(list, fmt.Sprint(l.Name, " ", l.Method))
			}
			return list
		}, "[]", "[eth0 3 eth1 0]"},
		{"", "interface_up_down_delays", "{\n eth1 2.5 1\n eth0 3\n eth1 200\n}", func(c *config.Config) any {
			var list []string
			for _, d := range c.LinkDelays {
				list = append(list, fmt.Sprint(d.Interface, " ", d.Down, " ", d.Up))
			}
			return list
		}, "[]", "[eth0 1.996094s 0s eth1 3m20s 0s]"},
		{"garp_group", "garp_interval", "1.5", garp1(func(g *config.GARPGroup) any { return g.ARPInterval }), "0s", "1.5s"},
		{"garp_group", "gna_interval", "0.25", garp1(func(g *config.GARPGroup) any { return g.NAInterval }), "500ms",
			"250ms"},
		{"garp_group", "interface", "eth0", garp1(func(g *config.GARPGroup) any { return g.Interfaces }), "[]", "[eth0]"},
		{"garp_group", "interfaces", "{\n eth0 eth1\n}", garp1(func(g *config.GARPGroup) any { return g.Interfaces }), "[]",
			"[eth0 eth1]"},
		{"auth_hmac", "key", "1 file:/etc/key", h(func(h *config.HMAC) any { return len(h.Keys) }), "1", "2"},
		{"auth_hmac", "key 7 " + hmacKey + "\n active_key", "7", h(func(h *config.HMAC) any { return h.Active }), "9", "7"},
		{"auth_hmac", "time_window", "33", h(func(h *config.HMAC) any { return h.Window }), "5s", "33s"},
		{"auth_hmac", "anti_replay", "monotonic",
			h(func(h *config.HMAC) any { return h.AntiReplay == config.ReplayMonotonic }), "false", "true"},
		{"auth_hmac", "mode", "receive-only", h(func(h *config.HMAC) any { return h.Mode == config.HMACReceiveOnly }),
			"false", "true"},
	}
	return slices.Concat(out, trackedValues(), bfdValues(), bgpValues())
}

func trackedValues() []value {
	p := "vrrp_track_process"
	out := []value{
		{p, "process", "/bin/x -a 'b c'", process1(func(p *config.TrackProcess) any {
			return fmt.Sprintf("%q",
				p.Process)
		}), "none", `["/bin/x" "-a" "b c"]`},
		{p, "process x\n param_match", "partial",
			process1(func(p *config.TrackProcess) any { return p.Match == config.MatchPartial }), "none", "true"},
		{p, "process x\n weight", "-3 reverse", process1(func(p *config.TrackProcess) any {
			return fmt.Sprint(p.Weight,
				p.Reverse)
		}), "none", "-3 true"},
		{p, "process x\n quorum", "2", process1(func(p *config.TrackProcess) any { return p.Quorum }), "none", "2"},
		{p, "process x\n quorum_max", "4", process1(func(p *config.TrackProcess) any { return p.QuorumMax }), "none", "4"},
		{p, "process x\n delay", "0.5", process1(func(p *config.TrackProcess) any {
			return fmt.Sprint(p.ForkDelay,
				p.TerminateDelay)
		}), "none", "500ms 500ms"},
		{p, "process x\n terminate_delay", "2", process1(func(p *config.TrackProcess) any {
			return fmt.Sprint(p.ForkDelay,
				p.TerminateDelay)
		}), "none", "0s 2s"},
		{p, "process x\n fork_delay", "3", process1(func(p *config.TrackProcess) any {
			return fmt.Sprint(p.ForkDelay,
				p.TerminateDelay)
		}), "none", "3s 0s"},
		{p, "process x\n full_command", "", process1(func(p *config.TrackProcess) any { return p.FullCommand }), "none",
			"true"},
	}
	for _, block := range []string{"track_file", "vrrp_track_file"} {
		out = append(out,
			value{block, "file", "/tmp/x", file1(func(f *config.TrackFile) any {
				return fmt.Sprint(f.Path, f.Weight,
					f.Init)
			}), "none", "/tmp/x1 false"},
			value{block, "file /x\n weight", "-5 reverse", file1(func(f *config.TrackFile) any {
				return fmt.Sprint(f.Weight,
					f.Reverse)
			}), "none", "-5 true"},
			value{block, "file /x\n init_file", "7 overwrite", file1(func(f *config.TrackFile) any {
				return fmt.Sprint(f.Init,
					f.InitValue, f.Overwrite)
			}), "none", "true 7 true"})
	}
	return out
}

func bfdValues() []value {
	b := "bfd_instance"
	return []value{
		{b, "neighbor_ip", "10.0.0.5", bfd1(func(b *config.BFD) any { return b.Neighbor }), "10.0.0.77", "10.0.0.5"},
		{b, "neighbour_ip", "10.0.0.6", bfd1(func(b *config.BFD) any { return b.Neighbor }), "10.0.0.77", "10.0.0.6"},
		{b, "source_ip", "10.0.0.7", bfd1(func(b *config.BFD) any { return b.Source }), "invalid IP", "10.0.0.7"},
		{b, "min_rx", "50.5", bfd1(func(b *config.BFD) any { return b.MinRX }), "10ms", "50.5ms"},
		{b, "min_tx", "60", bfd1(func(b *config.BFD) any { return b.MinTX }), "10ms", "60ms"},
		{b, "idle_tx", "2000", bfd1(func(b *config.BFD) any { return b.IdleTX }), "1s", "2s"},
		{b, "multiplier", "7", bfd1(func(b *config.BFD) any { return b.Multiplier }), "5", "7"},
		{b, "passive", "", bfd1(func(b *config.BFD) any { return b.Passive }), "false", "true"},
		{b, "ttl", "200", bfd1(func(b *config.BFD) any { return b.TTL }), "255", "200"},
		{b, "hoplimit", "100", bfd1(func(b *config.BFD) any { return b.TTL }), "255", "100"},
		{b, "max_hops", "-1", bfd1(func(b *config.BFD) any { return b.MaxHops }), "0", "-1"},
		{b, "multihop", "on", bfd1(func(b *config.BFD) any { return b.Multihop }), "false", "true"},
		{b, "weight", "-7 reverse", bfd1(func(b *config.BFD) any { return fmt.Sprint(b.Weight, b.Reverse) }), "0 false",
			"-7 true"},
		{b, "vrrp", "", bfd1(func(b *config.BFD) any { return fmt.Sprint(b.VRRP, b.Checker) }), "true true", "true false"},
		{b, "checker", "", bfd1(func(b *config.BFD) any { return fmt.Sprint(b.VRRP, b.Checker) }), "true true", "false true"},
	}
}

// smallBlock reports whether a block is one of those of smallValues.
func smallBlock(block string) bool {
	return slices.ContainsFunc(smallValues(), func(v value) bool {
		return block == v.block ||
			block == "vrrp_instance/"+v.block
	})
}

// Some of the settings of a small block, in any order and number, come back when they
// were printed.
func TestSmallBlocksComeBack(t *testing.T) {
	settings := map[string][]string{}
	var blocks []string
	for _, v := range smallValues() {
		if settings[v.block] == nil {
			blocks = append(blocks, v.block)
		}
		settings[v.block] = append(settings[v.block], strings.TrimPrefix(strings.TrimPrefix(v.keyword, "process x\n"),
			"file /x\n")+" "+v.args)
	}
	kept := 0
	rapid.Check(t, func(rt *rapid.T) {
		block := rapid.SampledFrom(blocks).Draw(rt, "block")
		lines := rapid.SliceOfN(rapid.SampledFrom(settings[block]), 0, 6).Draw(rt, "settings")
		text := wrap(block, strings.Join(lines, "\n"))
		cfg, _ := Bind(load(text), host())
		out := printed(t, cfg)
		again, diags := Bind(load(out), host())
		for _, d := range diags {
			if d.Severity >= syntax.Error {
				rt.Fatalf("%s in\n%s", d, out)
			}
		}
		if !config.Equal(cfg, again) {
			rt.Fatalf("another configuration comes back:\n%s\n--- printed\n%s", text, out)
		}
		kept += len(cfg.TrackGroups) + len(cfg.GARPGroups) + len(cfg.TrackProcesses) + len(cfg.TrackFiles) + len(cfg.BFDs) +
			len(cfg.Instances[0].HMAC.Keys)
	})
	if kept < 30 {
		t.Errorf("%d blocks were bound", kept)
	}
}
