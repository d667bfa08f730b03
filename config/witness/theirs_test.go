package witness

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// A dump reads what keepalived -d tells of the configuration it has read.
type dump struct {
	writer
	section string // "VRRP Topology"
	inside  string // the kind of the object being told of, "" at first
	list    string // kind of fact the lines of a list are
	// of an instance or script, until all of its line is known
	name, iface, vrid, priority, version, advert string
	command, interval, weight, rise, fall, file  string
	user                                         string
}

var (
	sectionLine = regexp.MustCompile(`^-+< (.*) >-+$`)
	valueLine   = regexp.MustCompile(`(?s)^( *)([^=]*?) = ?(.*)$`)
	listLine    = regexp.MustCompile(`^   (\S[^=]*?)(?: \(\d+\))? ?:$`)
	notifyLine  = regexp.MustCompile(`^(\S+) state transition script$`)
	programLine = regexp.MustCompile(`(?s)^(.*), uid:gid (\d+):(\d+)$`)
	trackLine   = regexp.MustCompile(`^(.*?),? weight (-?\d+)( reverse)?$`)
)

// read takes the lines of the log from the beginning of the dump to the last section that
// tells facts.
func (d *dump) read(lines []string) []string {
	for _, line := range lines {
		if m := sectionLine.FindStringSubmatch(line); m != nil {
			d.finish()
			d.section, d.inside, d.list = m[1], "", ""
			continue
		}
		if !strings.HasPrefix(line, " ") { // not of the dump: another process wrote it
			continue
		}
		switch d.section {
		case "Global definitions":
			d.global(line)
		case "Static Addresses":
			d.add("static%s", addressFact(strings.TrimSpace(line)))
		case "VRRP Topology", "VRRP Sync groups", "VRRP Scripts", "VRRP Track files":
			d.object(line)
		}
	}
	d.finish()
	return d.facts
}

func (d *dump) global(line string) {
	m := valueLine.FindStringSubmatch(line)
	switch {
	case strings.HasPrefix(line, "   ") && d.list == "mail":
		d.add("mail to %q", line[3:])
	case line == " Email notification to:":
		d.list = "mail"
	case m == nil:
	case m[2] == "Router ID" && m[3] != director:
		d.add("router_id %q", m[3])
	case m[2] == "Smtp HELO name" && m[3] != director:
		d.add("helo %q", m[3])
	case m[2] == "Email notification from" && !strings.HasPrefix(m[3], "root@"): // not the default
		d.add("mail from %q", m[3])
	default:
		d.list = ""
	}
}

// object takes a line about an instance, group, script or file.
func (d *dump) object(line string) {
	if m := valueLine.FindStringSubmatch(line); m != nil && !strings.HasPrefix(line, "     ") {
		d.list = ""
		if m[1] == " " {
			d.finish()
			d.inside, d.name = m[2], m[3]
			if d.inside == "VRRP Sync Group" {
				d.add("group %q", m[3][:strings.LastIndex(m[3], ", ")])
			}
			return
		}
		d.value(m[2], m[3])
		return
	}
	if m := listLine.FindStringSubmatch(line); m != nil {
		d.list = map[string]string{
			"Virtual IP": "vip", "Virtual IP Excluded": "excluded", "Unicast Peer": "peer", "VRRP member instances": "member",
			"Tracked interfaces": "interface", "Tracked scripts": "script", "Tracked files": "file",
		}[m[1]]
		return
	}
	if !strings.HasPrefix(line, "     ") {
		d.list = ""
		return
	}
	d.entry(line[5:])
}

// entry takes a line of a list.
func (d *dump) entry(text string) {
	switch d.list {
	case "":
	case "vip", "excluded":
		d.line()
		d.add("  %s%s", d.list, addressFact(text))
	case "peer":
		address, _, _ := strings.Cut(text, " ")
		d.add("  peer %s", address)
	case "member":
		d.add("  member %q", text)
	default:
		if m := trackLine.FindStringSubmatch(text); m != nil {
			d.add("  track %s %q weight %s", d.list, m[1], m[2])
		}
	}
}

// value takes a line about one setting.
func (d *dump) value(name, value string) {
	for known, field := range map[string]*string{
		"Interface": &d.iface, "Virtual Router ID": &d.vrid, "Priority": &d.priority, "VRRP Version": &d.version,
		"Command":  &d.command,
		"Interval": &d.interval, "Weight": &d.weight, "Rise": &d.rise, "Fall": &d.fall, "File": &d.file,
		"Script uid:gid": &d.user,
	} {
		if name == known {
			*field = value
			return
		}
	}
	switch m := notifyLine.FindStringSubmatch(name); {
	case name == "Advert interval":
		d.advert = value
		d.line()
	case name == "Password":
		d.add("  password %q", value)
	case m != nil:
		what := strings.ToLower(m[1])
		if what == "generic" {
			what = "any"
		}
		if p := programLine.FindStringSubmatch(value); p != nil {
			d.add("  notify %s %s", what, commandFact(argv(p[1]), p[2], p[3]))
		}
	}
}

// line tells of an instance, once.
func (d *dump) line() {
	if d.advert == "" {
		return
	}
	var n float64
	var unit string
	_, _ = fmt.Sscan(d.advert, &n, &unit) // nothing else comes
	if unit == "milli-sec" {
		n /= 1000
	}
	d.add("instance %q %s vrid %s priority %s version %s advert %gs", d.name, d.iface, d.vrid, d.priority, d.version, n)
	d.advert = ""
}

// finish tells of the object before.
func (d *dump) finish() {
	switch d.inside {
	case "VRRP Script":
		how := commandFact(argv(d.command), d.user[:strings.IndexByte(d.user, ':')],
			d.user[strings.IndexByte(d.user, ':')+1:])
		if file, ok := strings.CutPrefix(d.command, "<"); ok {
			how = fmt.Sprintf("reads %q", file)
		}
		d.add("script %q %s interval %ss weight %s rise %s fall %s", d.name, how, first(d.interval), first(d.weight),
			d.rise, d.fall)
	case "Track file":
		d.add("file %q %q weight %s", d.name, d.file, first(d.weight))
	}
	d.inside = ""
}

func first(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// argv reads 'a' 'b'.
func argv(text string) []string {
	words := strings.Split(strings.TrimSuffix(strings.TrimPrefix(text, "'"), "'"), "' '")
	words[0] = path.Base(words[0])
	return words
}

func addressFact(text string) string {
	words := strings.Fields(text)
	prefix, dev, label := words[0], "", ""
	if !strings.Contains(prefix, "/") {
		prefix += map[bool]string{true: "/128", false: "/32"}[strings.Contains(prefix, ":")]
	}
	for i := 1; i+1 < len(words); i++ {
		switch words[i] {
		case "dev":
			dev = words[i+1]
		case "label":
			label = " label " + words[i+1]
		}
	}
	return " " + prefix + " dev " + dev + label
}
