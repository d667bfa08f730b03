//go:build e2e

package meaning

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// look writes down how things are at a moment the play chose.
func (b *bench) look(moment string) {
	if moment == "stopped" {
		deadline := time.Now().Add(limit)
		for left := b.running(); left != ""; left = b.running() {
			if time.Now().After(deadline) {
				b.must(fmt.Errorf("still running: %s", left))
			}
			time.Sleep(b.pause())
		}
	}
	if b.ipvs {
		b.lookAtIPVS(moment)
	} else {
		b.lookAtAddresses(moment)
		b.seen.add(secRouting, "%s:\n%s", moment, b.routing())
	}
	b.seen.add(secSysctls, "%s: %s", moment, b.changedSysctls())
	b.seen.add(secFiles, "%s: %s", moment, b.listRun())
	b.heard(moment)
}

// running lists the processes on the host.
func (b *bench) running() string {
	var out []string
	links, err := filepath.Glob("/proc/[0-9]*/ns/net")
	b.must(err)
	for _, l := range links {
		pid := strings.Split(l, "/")[2]
		if ns, err := os.Readlink(l); err != nil || ns != b.netns || pid == strconv.Itoa(os.Getpid()) {
			continue // gone meanwhile, somewhere else, or the lab itself
		}
		cmd, err := os.ReadFile("/proc/" + pid + "/cmdline")
		if err == nil && len(cmd) > 0 { // else it has ended
			out = append(out, pid+" "+strings.ReplaceAll(string(cmd), "\x00", " "))
		}
	}
	return strings.Join(out, "\n")
}

// heard writes down what came since the last look.
func (b *bench) heard(moment string) {
	b.seen.add(secCalls, "%s:\n%s", moment, b.newCalls())
	for _, r := range b.readers {
		if r.section == secRequests {
			continue // checks come when they come
		}
		b.seen.add(r.section, "%s: %s\n%s", moment, r.name, r.news())
	}
	b.seen.add(secLog, "%s:\n%s", moment, b.newLog())
}

// collect writes down what was recorded all the time.
func (b *bench) collect() {
	b.seen[secWhole] = b.proc.Log()
	for _, r := range b.readers {
		if r.section == secRequests {
			b.seen.add(secRequests, "%s\n%s", r.name, r.news())
		}
	}
	b.seen[secAdverts] = adverts(b.capture.Frames(), b.timed)
	b.seen[secAnnounced] = b.announcements("eth0", b.capture.Frames())
	for _, link := range slices.Sorted(maps.Keys(b.extra)) {
		b.seen[secAnnounced] += b.announcements(link, b.extra[link].Frames())
	}
}

// lifetimeClass is what a remaining lifetime is rounded up to, in seconds.
const lifetimeClass = 30

func (b *bench) lookAtAddresses(moment string) {
	out, err := b.host.Run("ip", "-j", "-d", "addr", "show")
	b.must(err)
	var links []struct {
		Name  string           `json:"ifname"`
		Addrs []map[string]any `json:"addr_info"`
	}
	b.must(json.Unmarshal([]byte(out), &links))
	b.seen.add(secAddresses, "%s:", moment)
	owner := b.owners()
	of := func(a map[string]any) string {
		addr, _ := netip.ParseAddr(fmt.Sprint(a["local"])) // one of nobody if it is none
		return owner[addr]
	}
	for _, l := range links {
		// In which order instances set their addresses is chance.
		slices.SortStableFunc(l.Addrs, func(a, b map[string]any) int { return strings.Compare(of(a), of(b)) })
		for _, a := range l.Addrs {
			for _, key := range []string{"valid_life_time", "preferred_life_time"} {
				if sec, ok := a[key].(float64); ok && sec < 1<<31 {
					a[key] = (int(sec) + lifetimeClass - 1) / lifetimeClass * lifetimeClass
				}
			}
			text, err := json.Marshal(a)
			b.must(err)
			b.seen.add(secAddresses, "  %s %s", l.Name, text)
		}
	}
}

// fleeting is what time changes in a route.
var fleeting = regexp.MustCompile(`expires \d+sec`)

// routing is what `ip` shows of routes and rules, without those that the kernel makes of addresses.
func (b *bench) routing() string {
	out, err := b.host.Run("sh", "-c", `for f in -4 -6; do ip $f route show table all | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n\t/ /g'; ip $f rule; done | grep -v 'proto kernel\|lookup local\|lookup main *$\|lookup default'; true`)
	b.must(err)
	return fleeting.ReplaceAllString(out, "expires N")
}

// routed waits until n lines of routes and rules contain text.
func (b *bench) routed(text string, n int) {
	b.until(fmt.Sprintf("%d times %q in routes and rules", n, text), func() (bool, string) {
		out := b.routing()
		return strings.Count(out, text) == n, out
	})
}

// sysctlTrees hold everything a director might touch; the checkers touch less, and
// thousands of files take long in a user-mode kernel.
func (b *bench) sysctlTrees() []string {
	if b.ipvs {
		return []string{"net/ipv4/vs"}
	}
	return []string{"net/ipv4", "net/ipv6"}
}

func (b *bench) readSysctls() map[string]string {
	values := map[string]string{}
	b.must(b.host.Do(func() error {
		for _, tree := range b.sysctlTrees() {
			err := filepath.WalkDir("/proc/sys/"+tree, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				if text, err := os.ReadFile(path); err == nil { // some are only for writing
					values[strings.TrimPrefix(path, "/proc/sys/")] = strings.TrimSpace(string(text))
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return values
}

// changedSysctls lists the values that are not as before the start.
func (b *bench) changedSysctls() string {
	var out []string
	for name, now := range b.readSysctls() {
		if was, ok := b.sysctls[name]; !ok || was != now {
			out = append(out, fmt.Sprintf("%s %q -> %q", name, was, now))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// private are files of the lab, or ours that keepalived has no counterpart of.
var private = regexp.MustCompile(`^(case/(calls|keepalived\.conf|note)|holdfast/api\.sock|` +
	`(keepalived/(\w+/)?)?holdfast_\S+\.(sock|(ipvs|addresses|sync)\.\d+\.\d+))$`)

// listRun lists the files in the program's /run.
func (b *bench) listRun() string {
	var out []string
	b.must(filepath.WalkDir(b.run, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(b.run, path) // WalkDir stays below b.run
		if _, given := b.files[strings.TrimPrefix(name, "case/")]; given || private.MatchString(name) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		owner := info.Sys().(*syscall.Stat_t)
		out = append(out, fmt.Sprintf("%s %v %d:%d", name, info.Mode(), owner.Uid, owner.Gid))
		return nil
	}))
	return strings.Join(out, ", ")
}

// stamped is the time before a log line.
var stamped = regexp.MustCompile(`^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}: `)

// telling are the log lines of state changes; people's monitoring looks for them.
var telling = regexp.MustCompile(`^(\([^/]|Unable to find vrrp instance|VRRP_|Unknown VRID|Script|Netlink reports|.*(service|Misc check|Virtual|VS|server) .*\[|DNS_CHECK |(TCP|UDP|HTTP|SSL|SMTP|ICMP) )`)

// other are lines that only one of them has, or says twice at a start: findings in the configuration, which
// holdfast words differently, and what one of them does not do or does not say.
var other = regexp.MustCompile(`^\(Line \d+\)|cannot be accessed|Receive advertisement timeout|removing Virtual R|two masters|gives way to|timer woke up|No VIP specified|Script user|advertisement interval .* (must be|is out of)|A unicast keyword|(Warning -|is incompatible)|^/run/case|^Virtual server |^WARNING|does not support authentication|has port specified|alert not sent|the first IPv6 VIP address|cannot use IPv6 with VRRP version 2|Entering Init state|Session parameters|FAULT state \(tracked bfd `)

// about is the object a line is about.
var about = regexp.MustCompile(`^\([^)]*\)|^Remote SMTP server \[[^\]]+\]:\w+:\d+ succeed|server \[[^\]]+\]:\d+$|\[[^\]]+\]:\w+:\d+|FWM \d+|VRRP_(?:Script|Instance)\([^)]*\)|SMTP alert|SMTP server`)

// why is the reason that holdfast puts behind keepalived's words when a check fails.
var why = regexp.MustCompile(`^((?:TCP_CHECK|HTTP_CHECK|UDP_CHECK|ICMP CHECK|(?:TCP|UDP|ICMP) connection|TCP socket|WEB socket|SMTP_CHECK socket) .*|SMTP_CHECK Network .*\S|DNS_CHECK \S+ UDP socket .*|.* server \[\S+) \(.+\)(\.?)$`)

// overdue is how late the end of a session was noticed, with the milliseconds that this may add to how long it took.
var overdue = regexp.MustCompile(`(Expired after \d+)\d\d ms \(\d+ usec overdue\)$`)

// syncing is what keepalived says of a group that begins in FAULT, member by member; later, and holdfast always, it
// says it of all.
var syncing = regexp.MustCompile(`^VRRP_Group\((\S+)\): Syncing \S+ to `)

// fromStart is holdfast's line for a web server that is down from the start, of which
// keepalived says nothing: it is one if the server does not leave the table.
var fromStart = regexp.MustCompile(`^HTTP_CHECK on service (\S+) failed \(`)

// sender is who sent a packet that was refused, which only holdfast says.
var sender = regexp.MustCompile(` \(from [0-9a-f.:]+\)$`)

func downFromStart(line, log string) bool {
	m := fromStart.FindStringSubmatch(line)
	return m != nil && !strings.Contains(log, "Removing service "+m[1]) && !strings.Contains(log, "Disabling service "+m[1])
}

// newLog is what was logged of state changes since the last look, by object: the
// order of what happens to two of them at the same time is chance.
func (b *bench) newLog() string {
	if b.proc == nil {
		return ""
	}
	log := b.proc.LogSince(b.logMark)
	b.logMark += len(log)
	var lines []string
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(stamped.ReplaceAllString(line, ""))
		if downFromStart(line, log) {
			continue
		}
		line = sender.ReplaceAllString(why.ReplaceAllString(line, "$1$2"), "")
		line = overdue.ReplaceAllString(line, "${1}NN ms (N usec overdue)")
		line = syncing.ReplaceAllString(line, "VRRP_Group($1) Syncing instances to ")
		if telling.MatchString(line) && !other.MatchString(line) {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		return strings.Compare(about.FindString(a), about.FindString(b))
	})
	return strings.Join(slices.Compact(lines), "\n")
}
