package mutate

import (
	"regexp"
	"strings"

	"holdfast/config/language"
)

// hole is where the line under test stands in a frame.
const hole = "@@"

const (
	frameSecure   = "global_defs {\n enable_script_security\n script_user root\n}\n"
	frameInstance = "vrrp_instance A {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n  " +
		"10.0.0.100/24\n }\n@@\n}\n"
	frameServer = "virtual_server 10.0.0.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n%V%\n real_server " +
		"10.0.0.2 80 {\n%R%\n }\n}\n"
)

func service(v, r string) string {
	return strings.NewReplacer("%V%\n", v, "%R%\n", r).Replace(frameServer)
}

// frame is a small good configuration with a hole in the given block; "" if none
// is known.
func frame(block string) string {
	inst := func(inner string) string { return strings.Replace(frameInstance, hole, inner, 1) }
	const check = "virtual_server/real_server/"
	if kind, ok := strings.CutPrefix(block, check); ok {
		return frameSecure + frameCheck(kind)
	}
	switch block {
	case "":
		return hole + "\n" + inst("")
	case "global_defs":
		return "global_defs {\n enable_script_security\n script_user root\n@@\n}\n" + inst("") + service("", "")
	case "track_group":
		return "track_group g {\n@@\n}\n" + inst("")
	case "static_ipaddress/<entry>", "static_routes/<entry>", "static_rules/<entry>":
		return strings.TrimSuffix(block, "/<entry>") + " {\n@@\n}\n" + inst("")
	case "vrrp_instance/virtual_ipaddress/<entry>", "vrrp_instance/virtual_ipaddress_excluded/<entry>",
		"vrrp_instance/virtual_routes/<entry>", "vrrp_instance/virtual_rules/<entry>":
		name := strings.TrimSuffix(strings.TrimPrefix(block, "vrrp_instance/"), "/<entry>")
		return inst(" " + name + " {\n@@\n }")
	case "vrrp_sync_group":
		return frameSecure + "vrrp_sync_group G {\n group {\n  A\n  B\n }\n@@\n}\n" + inst("") +
			strings.NewReplacer(" A ", " B ", "eth0", "eth1", hole, "").Replace(frameInstance)
	case "garp_group":
		return "garp_group {\n@@\n}\n" + inst("")
	case "vrrp_instance":
		return frameSecure + frameInstance
	case "vrrp_instance/authentication":
		return inst(" authentication {\n@@\n }")
	case "vrrp_instance/auth_hmac":
		return inst(" auth_hmac {\n  key 1 " +
			"hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n  active_key 1\n@@\n }")
	case "vrrp_script":
		return frameSecure + "vrrp_script s {\n script /bin/true\n@@\n}\n" + inst(" track_script {\n  s\n }")
	case "vrrp_track_process":
		return "vrrp_track_process p {\n process /bin/x\n@@\n}\n" + inst(" track_process {\n  p\n }")
	case "track_file", "vrrp_track_file":
		return block + " f {\n file /tmp/x\n@@\n}\n" + inst(" track_file {\n  f\n }")
	case "SSL":
		return "SSL {\n password x\n@@\n}\n" + service("", "")
	case "virtual_server_group/<entry>":
		return "virtual_server_group g {\n 10.0.0.9 80\n@@\n}\n" +
			strings.Replace(service("", ""), "10.0.0.1 80", "group g", 1)
	case "virtual_server":
		return frameSecure + service(hole+"\n", "")
	case "virtual_server/real_server":
		return frameSecure + service("", hole+"\n")
	case "bgp":
		return frameBGP(hole, "") + inst("")
	case "bgp/neighbor":
		return frameBGP("", hole) + inst("")
	case "bfd_instance":
		return "bfd_instance b {\n neighbor_ip 10.0.0.5\n@@\n}\n" + inst("")
	}
	return ""
}

// frameBGP is a block of ours, each line of which keepalived drops, with a line at its end and one in its neighbor.
func frameBGP(line, neighbor string) string {
	text := "bgp {\nlocal_as 65001\nrouter_id 10.0.0.7\nneighbor 10.0.0.1 {\nremote_as 65000\n" + neighbor + "\n}\n" +
		line + "\n}\n"
	return regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(text, "@"+language.Ours+" $1")
}

func frameCheck(kind string) string {
	within := func(name, lines string) string { return service("", name+" {\n"+lines+"\n}\n") }
	switch kind {
	case "HTTP_GET", "SSL_GET":
		return within(kind, "url {\n path /\n}\n@@")
	case "HTTP_GET/url", "SSL_GET/url":
		return within(strings.TrimSuffix(kind, "/url"), "url {\n path /\n@@\n}")
	case "MISC_CHECK":
		return within(kind, "misc_path /bin/true\n@@")
	case "SMTP_CHECK/host":
		return within("SMTP_CHECK", "host {\n@@\n}")
	case "FILE_CHECK":
		return "track_file f {\n file /tmp/x\n}\n" + within(kind, "track_file f\n@@")
	case "BFD_CHECK":
		return "bfd_instance b {\n neighbor_ip 10.0.0.5\n}\n" + within(kind, "name b\n@@")
	}
	return within(kind, hole)
}

// Keywords are variants of every keyword of the language: without argument, with
// values of all kinds, and twice. base is the frame alone, which must be good.
func Keywords(lang *language.Language) (variants, frames []Variant) {
	blocks := map[string]bool{}
	for _, k := range lang.Keywords() {
		f := frame(k.Block)
		if f == "" {
			continue
		}
		if !blocks[k.Block] {
			blocks[k.Block] = true
			frames = append(frames, Variant{Name: k.Block, Kind: "frame", Text: strings.Replace(f, hole, "", 1)})
		}
		for _, line := range written(k) {
			text := strings.Replace(f, hole, line, 1)
			at := 1 + strings.Count(text[:strings.Index(text, line)], "\n")
			variants = append(variants,
				Variant{Name: keywordName(k.Block, k.Name), Kind: strings.SplitN(line, "\n", 2)[0], Line: at,
					Text: text})
		}
	}
	return variants, frames
}

// entryWords are the name of a keyword as it is written, and the words of the entry
// before it.
func entryWords(k language.Keyword) (name, prefix string) {
	name = k.Name
	if strings.HasSuffix(k.Block, language.Entry) {
		switch {
		case name == "ADDRESS" || name == "DESTINATION":
			name = ""
		case strings.Contains(k.Block, "rules"):
			prefix = "from 10.1.0.0/16 table 5 preference 9 "
		case strings.Contains(k.Block, "routes"):
			prefix = "10.1.0.0/16 via 10.0.0.9 dev eth0 "
		case strings.Contains(k.Block, "address"):
			prefix = "10.0.0.101/24 "
		}
	}
	return name, prefix
}

// written are the ways a keyword is written.
func written(k language.Keyword) []string {
	name, prefix := entryWords(k)
	if k.Opens {
		if k.List {
			out := []string{name + " x {\n}", name + " {\n}", name + " {\n foo\n}", name + "\n", name + " {"}
			for _, v := range values() {
				out = append(out, name+" {\n "+v+"\n}", name+" {\n eth0 "+v+"\n}", name+" {\n eth0 weight "+v+"\n}")
			}
			return out
		}
		return []string{name + " {\n}", name + " x {\n}", name + " x y {\n}", name + " x {\n foo\n}", name + " x\n",
			name + " \"\" {\n}", name + " x {\n}\n" + name + " x {\n}", name + " x"}
	}
	out := []string{prefix + name, prefix + name + "\n" + prefix + name}
	for _, v := range values() {
		out = append(out, prefix+name+" "+v)
	}
	for _, v := range []string{"1 1", "eth0 1", "foo bar baz", "10.0.0.9 80", "/bin/true root", "/bin/true nosuchuser",
		"nobody nogroup", "nobody nosuchgroup", "1 foo"} {
		out = append(out, prefix+name+" "+v)
	}
	return append(out, prefix+name+" 1\n"+prefix+name+" 2", prefix+name+" 10.0.0.9\n"+prefix+name+" 10.0.0.9")
}
