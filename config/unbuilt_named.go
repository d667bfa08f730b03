package config

import (
	"strings"

	"holdfast/config/syntax"
)

// Objects without effect that others name: they are remembered so that a name
// that leads nowhere is found, as keepalived finds it.

// define remembers a named object of a kind; false if it is there already.
func (b *binder) define(kind, name string) bool {
	if b.named == nil {
		b.named = map[string]bool{}
	}
	key := kind + " " + name
	known := b.named[key]
	b.named[key] = true
	return !known
}

func (b *binder) defined(kind, name string) bool { return b.named[kind+" "+name] }

// trackerList is a list block that names objects of a kind.
func trackerList(kind, args string, limit int64) Keyword {
	k := laterEntries(func(s *stmt) {
		if !s.defined(kind, s.word(0)) {
			s.errorf(s.at(0), "(%s) %s %s not found, ignoring; define %s %s before this place", s.object, kind, s.word(0), kind, s.word(0))
			return
		}
		if weight, at := s.valueOf("weight"); at > 0 {
			if n, junk := parseInt(weight); junk || n < -limit || n > limit {
				s.errorf(s.at(at), "(%s) weight '%s' for %s must be between [-%d..%d]", s.object, weight, s.word(0), limit, limit)
			}
		}
	})
	k.Args = args
	return k
}

// nameOf is a keyword that names one object of a kind.
func nameOf(kind string) Keyword {
	return checkedLater("NAME", 1, func(s *stmt) bool {
		if !s.defined(kind, s.word(0)) {
			s.errorf(s.at(0), "%s %s not found; define it before this place", kind, s.word(0))
		}
		return true
	})
}

func checkTrackProcess(s *stmt, _ any) {
	if s.missingIn("process") {
		s.errorf(s.pos(), "track process '%s' process name not specified; write process NAME", s.word(0))
		return
	}
	s.define("vrrp_track_process", s.word(0))
}

func checkTrackFile(s *stmt, _ any) {
	if s.missingIn("file") {
		s.errorf(s.pos(), "No file set for %s %s - ignoring; write file PATH", s.kw.Name, s.word(0))
		return
	}
	s.define("track_file", s.word(0))
}

// maxBFDName is the longest name of a bfd_instance.
const maxBFDName = 31

func checkBFD(s *stmt, _ any) {
	name := s.word(0)
	neighbour, at := s.settingIn("neighbor_ip", "neighbour_ip")
	switch {
	case len(name) > maxBFDName:
		s.errorf(s.at(0), "BFD instance name %s too long (maximum length is %d characters) - ignoring; shorten it", name, maxBFDName)
	case neighbour == "":
		s.errorf(s.pos(), "BFD instance %s has no neighbor address set, disabling instance; write neighbor_ip IP", name)
	case !s.define("bfd_instance", name):
		s.errorf(s.at(0), "BFD instance %s already configured - ignoring; give it another name", name)
	case !s.define("neighbour", neighbour):
		s.errorf(at, "BFD instance %s has duplicate neighbor address %s, ignoring instance", name, neighbour)
	default:
		s.checkBFDFamily(name, neighbour)
	}
}

func (s *stmt) checkBFDFamily(name, neighbour string) {
	source, at := s.settingIn("source_ip")
	a, ok1 := parseAddr(neighbour)
	b, ok2 := parseAddr(source)
	if ok1 && ok2 && a.Is4() != b.Is4() {
		s.errorf(at, "BFD instance %s source address %s and neighbor address %s are not of the same family, disabling instance", name, source, neighbour)
	}
}

// settingIn gives the first word after one of the keywords in the statement's
// block, "" if none is there.
func (s *stmt) settingIn(keywords ...string) (string, syntax.Pos) {
	if s.node.Block != nil {
		for _, n := range s.node.Block.Nodes {
			if contains(keywords, n.Keyword()) && len(n.Words) > 1 {
				return n.Words[1].Text, n.Words[1].Pos
			}
		}
	}
	return "", s.pos()
}

// missingIn tells whether a block lacks all of the keywords, or their values.
func (s *stmt) missingIn(keywords ...string) bool {
	value, _ := s.settingIn(keywords...)
	return value == ""
}

// keywordIn gives the statement of a keyword in the statement's block.
func (s *stmt) keywordIn(keyword string) (syntax.Node, bool) {
	if s.node.Block != nil {
		for _, n := range s.node.Block.Nodes {
			if n.Keyword() == keyword {
				return n, true
			}
		}
	}
	return syntax.Node{}, false
}

// closeInstance looks at how the virtual MAC keywords of an instance, which have
// no effect yet, fit together.
func closeInstance(s *stmt, d *instanceDraft) {
	vmac, hasVMAC := s.keywordIn("use_vmac")
	ipvlan, hasIPVLAN := s.keywordIn("use_ipvlan")
	base, hasBase := s.keywordIn("vmac_xmit_base")
	switch {
	case hasBase && !hasVMAC && !hasIPVLAN:
		s.warnf(base.Pos(), "(%s) vmac_xmit_base is only valid with a vmac; add use_vmac or remove it", d.Name)
	case hasVMAC && !hasBase && len(d.UnicastPeers) > 0:
		s.warnf(vmac.Pos(), "(%s) unicast with use_vmac requires vmac_xmit_base; add it", d.Name)
	}
	if hasVMAC && d.PromoteSecondaries {
		s.warnf(d.at("promote_secondaries", d.Pos), "(%s) promote_secondaries is automatically set for vmacs - remove it", d.Name)
	}
	if hasIPVLAN && !d.IPv6 && len(ipvlan.Args()) == 0 {
		s.warnf(ipvlan.Pos(), "(%s) IPv4 ipvlan requires a source ip address to be configured; write it after use_ipvlan", d.Name)
	}
	if hasVMAC && len(vmac.Args()) > 0 {
		s.checkVMACName(d, vmac.Args()[0])
	}
}

// checkVMACName looks at the interface name after use_vmac.
func (s *stmt) checkVMACName(d *instanceDraft, w syntax.Word) {
	switch name := w.Text; {
	case name == "name" || name == "group" || name == "netlink_notify_msg" || strings.Contains(name, ":"):
	case len(name) > maxLabel:
		s.errorf(w.Pos, "(%s) VMAC interface name '%s' too long - ignoring; %d characters at most", d.Name, name, maxLabel)
	case s.env.Interface != nil && s.env.Interface(name):
		s.errorf(w.Pos, "(%s) interface %s already exists and is not a private macvlan; ignoring vmac if_name - choose another", d.Name, name)
	case !s.define("vmac", name):
		s.errorf(w.Pos, "(%s) another VRRP instance is already using %s - ignoring name; choose another", d.Name, name)
	}
}
