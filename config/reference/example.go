package reference

import (
	"slices"
	"strings"

	"holdfast/config/language"
)

// An example is a whole configuration around one statement: the enclosing blocks
// with what they cannot do without, and what must stand before them. The
// statement is put together from the form of the arguments (see value); where
// that would say nothing or would not do, it is written out (see written).

// A frame is how a block is opened in examples and what it cannot do without.
type frame struct {
	open string
	// written in this order, before what the example shows
	needs  []string // statements
	before string   // must stand before it, at the top level
}

// A sample is an example that is written out.
type sample struct {
	line   string   // the statement; "" = put together
	with   []string // statements beside it; they replace those of the same keyword
	before string   // must stand before, at the top level
	whole  string   // all of it
}

// Parts of several examples. Addresses and names are those kept for documentation.
const (
	router     = "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.10/24\n}\n}"
	secure     = "global_defs {\nenable_script_security\nscript_user nobody\n}"
	pgrep      = "vrrp_script chk_nginx {\nscript \"/usr/bin/pgrep -x nginx\"\n}"
	realServer = "real_server 192.0.2.11 80 {\n}"
)

func frameOf(path string) frame {
	check := "virtual_server/real_server/"
	switch path {
	case "vrrp_instance":
		return frame{open: "VI_1",
			needs: []string{"interface eth0", "virtual_router_id 51", "virtual_ipaddress {\n192.0.2.10/24\n}"}}
	case "vrrp_instance/authentication":
		return frame{needs: []string{"auth_type PASS", "auth_pass s3cret"}}
	case "vrrp_instance/auth_hmac":
		return frame{needs: []string{"key 1 file:/etc/keepalived/hmac.key", "active_key 1"}}
	case "vrrp_sync_group":
		inside := strings.NewReplacer("VI_1", "inside", "eth0", "eth1", "51", "52", "192.0.2.10",
			"198.51.100.10").Replace(router)
		outside := strings.Replace(router, "VI_1", "outside", 1)
		return frame{open: "VG_1", needs: []string{"group {\noutside\ninside\n}"}, before: outside + "\n" + inside}
	case "vrrp_script":
		return frame{open: "chk_nginx", needs: []string{`script "/usr/bin/pgrep -x nginx"`}, before: secure}
	case "vrrp_track_process":
		return frame{open: "nginx", needs: []string{"process nginx"}}
	case "track_file", "vrrp_track_file":
		return frame{open: "load", needs: []string{"file /run/load"}}
	case "track_group":
		return frame{open: "TG_1", needs: []string{"group {\nVI_1\n}"}, before: router}
	case "garp_group":
		return frame{needs: []string{"garp_interval 0.001", "interfaces {\neth0 eth1\n}"}}
	case "bfd_instance":
		return frame{open: "peer", needs: []string{"neighbor_ip 192.0.2.2"}}
	case "bgp":
		return frame{needs: []string{"local_as 65001", "router_id 192.0.2.1", "neighbor 192.0.2.254 {\nremote_as 65000\n}"}}
	case "bgp/neighbor":
		return frame{open: "192.0.2.254", needs: []string{"remote_as 65000"}}
	case "virtual_server_group":
		return frame{open: "web", needs: []string{"192.0.2.10 80"}}
	case "virtual_server":
		return frame{open: "192.0.2.10 80", needs: []string{"lb_algo rr", "lb_kind NAT", "protocol TCP", realServer}}
	case "virtual_server/real_server":
		return frame{open: "192.0.2.11 80"}
	case check + "HTTP_GET", check + "SSL_GET":
		return frame{needs: []string{"url {\npath /\n}"}}
	case check + "HTTP_GET/url", check + "SSL_GET/url":
		return frame{needs: []string{"path /"}}
	case check + "MISC_CHECK":
		return frame{needs: []string{`misc_path "/usr/bin/pgrep -x nginx"`}, before: secure}
	case check + "FILE_CHECK":
		return frame{needs: []string{"track_file load"}, before: "track_file load {\nfile /run/load\n}"}
	case check + "BFD_CHECK":
		return frame{needs: []string{"name peer"}, before: "bfd_instance peer {\nneighbor_ip 192.0.2.2\n}"}
	}
	return frame{}
}

// example is a configuration that shows a keyword.
func example(k *language.Keyword) string {
	// A word of the preprocessor has no block; what it makes of the text needs one.
	if k.Block == language.AnyBlock {
		if strings.HasPrefix(k.Name, "include") {
			return laidOut(k.Name + word(value(k)))
		}
		return laidOut(written(k).line)
	}
	// Nobody is to learn a deprecated name from its example.
	if k.Deprecated && k.AliasOf != "" {
		if use, ok := language.Table().Find(k.Block, k.AliasOf); ok {
			return example(&use)
		}
	}
	s := written(k)
	if s.whole != "" {
		return laidOut(s.whole)
	}
	// No file shows it: it is refused, or what it needs is not read.
	if s.line == "-" {
		return ""
	}
	block, inEntry := strings.CutSuffix(k.Block, "/"+language.Entry)
	line := s.line
	switch {
	case line != "":
	case k.List:
		line = k.Name + word(frameOf(k.Path()).open) + " {\n" + entryOf(k.Path()) + "\n}"
	case k.Opens:
		f := frameOf(k.Path())
		// A block is shown with what it cannot do without, and nothing more.
		line, s.before = opened(k.Path(), f, nil), s.before+"\n"+f.before
	default:
		line = k.Name + word(value(k))
	}
	if k.Since == language.Ours {
		line = ownLines(line)
	}
	if inEntry {
		line = entryWith(block, line)
	}
	// A script in an example is to be run by somebody, or the example would bring a warning with it.
	if k.Script && strings.Contains(k.Args, "COMMAND") && !strings.HasPrefix(frameOf(block).before, secure) {
		if block == "global_defs" {
			s.with = append(s.with, "enable_script_security", "script_user nobody")
		} else {
			s.before = secure + "\n" + s.before
		}
	}
	return enclose(block, append(s.with, line), s.before)
}

// word is text with a blank before it, if there is any.
func word(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

// entryWith is an entry of a list in which a word is used.
func entryWith(list, line string) string {
	if whole, ok := strings.CutPrefix(line, "= "); ok {
		return whole
	}
	return entryOf(list) + " " + line
}

// enclose puts statements into their block, and that into the ones around it.
func enclose(block string, inner []string, before string) string {
	for block != "" {
		f := frameOf(block)
		whole := opened(block, f, inner)
		if k, ok := language.Table().Find(parted(block)); ok && k.Since == language.Ours {
			whole = ownLines(whole)
		}
		inner = []string{whole}
		// Two blocks around one another may both ask for script security.
		if before = strings.Trim(f.before+"\n"+before, "\n"); strings.Contains(before, secure+"\n"+secure) {
			before = strings.Replace(before, secure+"\n", "", 1)
		}
		block, _ = parted(block)
	}
	return laidOut(before + "\n" + strings.Join(inner, "\n"))
}

// parted are the blocks around a block, and its keyword.
func parted(block string) (around, keyword string) {
	i := strings.LastIndexByte(block, '/')
	return block[:max(i, 0)], block[i+1:]
}

// opened is a block with what it needs and more statements; a statement takes the
// place of the needed one with the same keyword, and "-KEYWORD" removes that.
func opened(path string, f frame, more []string) string {
	body, needed := slices.Clone(f.needs), slices.Clone(f.needs)
	// The needed statements keep their places, and new ones come behind them.
	for _, m := range more {
		name, remove := strings.CutPrefix(firstWord(m), "-")
		i := slices.IndexFunc(needed, func(need string) bool { return firstWord(need) == name })
		switch {
		case i < 0:
			body = append(body, m)
			continue
		case remove:
			body = slices.Delete(body, i, i+1)
			// Both lists lose it: an index is of one statement in both.
			needed = slices.Delete(needed, i, i+1)
			continue
		}
		// A second statement of this keyword is one more, and replaces nothing.
		body[i], needed[i] = m, ""
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	return name + word(f.open) + " {\n" + strings.Join(body, "\n") + "\n}"
}

// ownLine begins the lines of what only this program knows.
const ownLine = "@" + language.Ours + " "

// ownLines puts text on such lines.
func ownLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(ownLine + strings.TrimPrefix(line, ownLine))
	}
	return b.String()
}

func firstWord(statement string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(statement, ownLine), "\n")
	first, _, _ = strings.Cut(first, " ")
	return first
}

// laidOut indents what stands between braces.
func laidOut(text string) string {
	var b strings.Builder
	depth := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		// Samples are written without indentation, a statement or a brace a line.
		if strings.TrimPrefix(line, ownLine) == "}" {
			depth--
		}
		b.WriteString(strings.Repeat("    ", depth) + line + "\n")
		if strings.HasSuffix(line, "{") {
			depth++
		}
	}
	return b.String()
}
