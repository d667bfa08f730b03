//go:build e2e

package meaning

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// A scene is one configuration file that both programs are given, and what is
// done to them.
type scene struct {
	name string
	// shows are the keywords this scene is for: "block: word word; block: word",
	// the block by the end of its path.
	shows   string
	conf    string            // keepalived.conf
	files   map[string]string // more files beside it
	options []string          // of the command line
	peer    string            // configuration of a keepalived on another host
	timed   bool              // intervals and the pauses between announcements count
	outside bool              // the program is started in another network namespace; the host's is called red
	ipvs    bool              // needs IPVS, and has it looked at
	company bool              // there is another host, to forge advertisements from
	play    func(*bench)      // nil: start, become master, look, stop
	// differs names the sections in which holdfast differs on purpose, each with
	// words of docs/compatibility.md that say so.
	differs map[string]string
	slow    bool // not part of the quick run
}

// named finds the instances of a configuration.
var named = regexp.MustCompile(`(?m)^\s*vrrp_instance\s+("[^"]*"|[^\s{]+)`)

// instances are the names of the instances in the order of the file.
func (s *scene) instances() []string {
	var out []string
	for _, m := range named.FindAllStringSubmatch(s.conf+s.files[expanded], -1) {
		if name := strings.Trim(m[1], `"`); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// words are what may be an address.
var words = regexp.MustCompile(`[^\s{}]+`)

// owners tells to which instance an address belongs.
func (s *scene) owners() map[netip.Addr]string {
	owner := map[netip.Addr]string{}
	name := ""
	for line := range strings.Lines(s.conf + s.files[expanded]) {
		if m := named.FindStringSubmatch(line); m != nil {
			name = strings.Trim(m[1], `"`)
		}
		for _, w := range words.FindAllString(line, -1) {
			w, _, _ = strings.Cut(w, "/")
			if a, err := netip.ParseAddr(w); err == nil {
				owner[a] = name
			}
		}
	}
	return owner
}

// Sections of what is seen, in the order they are compared.
const (
	secSteps     = "steps"     // what was seen at moments the play chose
	secAddresses = "addresses" // of all interfaces
	secRouting   = "routing"   // routes and policy rules that are not the kernel's own
	secSysctls   = "sysctls"   // that changed
	secAdverts   = "adverts"   // on the wire
	secAnnounced = "announced" // gratuitous ARP and neighbour advertisements
	secCalls     = "calls"     // programs that were run
	secFIFO      = "fifo"
	secMail      = "mail"
	secIPVS      = "ipvs"
	secRequests  = "requests" // of checkers
	secFiles     = "files"    // in /run
	secLog       = "log"
	secExit      = "exit" // statuses

	secWhole = "whole log" // to read, not compared
)

var sections = []string{secSteps, secAddresses, secRouting, secSysctls, secAdverts, secAnnounced, secCalls, secFIFO,
	secMail, secIPVS, secRequests, secFiles, secLog, secExit}

// seen is what was seen of one program, by section.
type seen map[string]string

func (s seen) add(section, format string, args ...any) {
	s[section] += fmt.Sprintf(format, args...) + "\n"
}
