package mutate

import (
	"math"
	"strings"

	"holdfast/config/language"
)

// A Bound is a variant that gives a keyword a number at an end of its range, or the
// next one beyond it.
type Bound struct {
	Variant
	Range  language.Range
	Inside bool
}

// Bounds are the variants at and beyond both ends of the range of every keyword that
// has one: one less than the lowest, the lowest, the highest and one more.
func Bounds(lang *language.Language) []Bound {
	var out []Bound
	for _, k := range lang.Keywords() {
		f := frame(k.Block)
		if f == "" {
			continue
		}
		for _, r := range k.Ranges() {
			if r.Unit == language.DecimalSeconds && r.Max > math.MaxInt64/1000-1 || k.Name == "key" && r.Min > 1 ||
				k.Name == "persistence_granularity" {
				continue // nothing is beyond it, it is a length, or the family tells the highest
			}
			for _, n := range []int64{r.Min - 1, r.Min, r.Max, r.Max + 1} {
				number := numberText(r, n)
				line := boundLine(k, r, number)
				text := definitions(k) + strings.Replace(f, hole, line, 1)
				before, _, _ := strings.Cut(text, line)
				at := 1 + strings.Count(before, "\n") + strings.Count(line[:strings.LastIndex(line, number)], "\n")
				out = append(out, Bound{
					Variant: Variant{Name: keywordName(k.Block, k.Name), Kind: "bound " + number, Line: at, Text: text},
					Range:   r, Inside: n >= r.Min && n <= r.Max,
				})
			}
		}
	}
	return out
}

// numberText is a number as it is written for a range.
func numberText(r language.Range, n int64) string {
	text, _, _ := strings.Cut(language.Range{Min: n, Max: n, Unit: r.Unit}.String(), "..")
	return text
}

// boundLine is a statement of a keyword with the number in its place.
func boundLine(k language.Keyword, r language.Range, number string) string {
	name, prefix := entryWords(k)
	switch k.Name {
	case "expires":
		prefix = "2001:db8:1::/64 via 2001:db8::9 dev eth0 "
	case "sorry_server_lvs_method":
		prefix = "sorry_server 10.0.0.3 80\n"
	}
	args, ok := map[string]string{
		"smtp_server": "127.0.0.1 #", "lvs_timeouts": "tcp #", "lvs_sync_daemon": "eth0 " + r.Word + " #",
		"vrrp_garp_extra_if":       "all #",
		"interface_up_down_delays": "{\n eth0 #\n}", "unicast_peer": "{\n 198.18.1.99 " + r.Word + " #\n}",
		"track_interface": "{\n eth1 weight #\n}", "track_script": "{\n sc weight #\n}",
		"track_process": "{\n pr weight #\n}",
		"track_bfd":     "{\n bf weight #\n}", "nexthop": "via 10.0.0.9 dev eth0 weight #",
		"lb_kind": "TUN type gue port #", "lvs_method": "TUN type gue port #",
		"sorry_server_lvs_method": "TUN type gue port #",
		"key":                     "# 0123456789abcdef0123456789abcdef", "regex_stack": "1 #", "ADDRESS": "10.0.0.8 #",
	}[k.Name]
	switch {
	case k.Name == "track_file" && k.Opens && k.Block != "":
		args = "{\n fi weight #\n}"
	case !ok:
		args = "#"
	}
	return prefix + strings.TrimLeft(name+" "+strings.Replace(args, "#", number, 1), " ")
}

// definitions are what trackers need.
func definitions(k language.Keyword) string {
	switch k.Name {
	case "track_script":
		return "vrrp_script sc {\n script /bin/true\n user root\n}\n"
	case "track_file":
		return "track_file fi {\n file /tmp/x\n}\n"
	case "track_process":
		return "vrrp_track_process pr {\n process x\n}\n"
	case "track_bfd":
		return "bfd_instance bf {\n neighbor_ip 198.18.1.98\n}\n"
	}
	return ""
}
