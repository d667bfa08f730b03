package language

import (
	"slices"

	"holdfast/config"
	"holdfast/config/syntax"
)

// groupDraft is a vrrp_sync_group while it is being read.
type groupDraft struct {
	draft
	config.SyncGroup
	// words, not names: an instance that does not exist is reported at its name, when all have been read
	members []syntax.Word
	// nil: that of global_defs, which may stand below the group
	smtpAlert *bool
}

// groupRows are the keywords of vrrp_sync_group.
func groupRows() []Keyword {
	n := func(p func(*config.Notify) *config.Command) Keyword {
		return script(func(d *groupDraft) *config.Command { return p(&d.Notify) })
	}
	track := func(kind config.TrackKind) Keyword {
		return trackedList(kind, func(d *groupDraft) *config.Tracks { return &d.Tracks })
	}
	return []Keyword{
		row("group", groupMembers(), "required", "names of the members; several per line are fine"),
		row("track_interface",
			track(config.TrackedInterface),
			"none", "interfaces whose loss means FAULT or moves the priorities of all members"),
		row("track_script",
			track(config.TrackedScript),
			"none", "vrrp_scripts whose failure means FAULT or moves the priorities of all members"),
		row("track_file",
			track(config.TrackedFile),
			"none", "track_files whose numbers move the priorities of all members or mean FAULT"),
		row("track_process",
			track(config.TrackedProcess),
			"none", "vrrp_track_processes whose loss means FAULT or moves the priorities of all members"),
		row("track_bfd",
			track(config.TrackedBFD),
			"none", "BFD sessions whose loss means FAULT or moves the priorities of all members"),
		row("notify_backup",
			n(func(n *config.Notify) *config.Command { return &n.Backup }),
			"none", "run when the group becomes backup"),
		row("notify_master",
			n(func(n *config.Notify) *config.Command { return &n.Master }),
			"none", "run when the group becomes master"),
		row("notify_fault",
			n(func(n *config.Notify) *config.Command { return &n.Fault }),
			"none", "run when the group enters FAULT"),
		row("notify_stop",
			n(func(n *config.Notify) *config.Command { return &n.Stop }),
			"none", "run when the program stops"),
		row("notify",
			n(func(n *config.Notify) *config.Command { return &n.Any }),
			"none", "run at every change with GROUP, name, state and 0 appended"),
		row("smtp_alert",
			tristate(func(d *groupDraft) **bool { return &d.smtpAlert }),
			"global_defs, else false", "send mail at changes"),
		row("notify_priority_changes",
			// Its own word, else that of global_defs, which may stand below (joinGroups).
			boolean(func(d *groupDraft) *bool { return &d.Notify.PriorityChanges }),
			"vrrp_notify_priority_changes", "write changes of a member's priority to the pipes"),
		row("global_tracking",
			Keyword{Support: Accepted},
			"", "without effect: put the trackers on the group", deprecated),
		row("sync_group_tracking_weight",
			switchOn(func(d *groupDraft) *bool { return &d.TrackingWeight }),
			"off", "members may track with weights"),
	}
}

// groupMembers is the list of names in a sync group.
func groupMembers() Keyword {
	k := list("INSTANCE ...", func(s *stmt, d *groupDraft) { d.members = append(d.members, s.words()...) })
	k.bind.show = showing(func(d *groupDraft) []writing {
		var names [][]string
		for _, name := range d.Members {
			names = append(names, []string{quoted(name)})
		}
		return listed(names)
	})
	k.bind.done = func(s *stmt, target any) {
		if d := target.(*groupDraft); len(d.members) == 0 {
			s.warnf(s.pos(), "empty-block", "sync group %s has an empty group block; write the names of vrrp_instances",
				d.Name)
		}
	}
	return k
}

// openGroup begins a group. A second one of a name is skipped (grammar 6.10).
func openGroup(s *stmt, b *binder) *groupDraft {
	// Unlike most keywords it takes no surplus word: a name with a blank must be quoted (grammar
	// 4.2).
	if len(s.args) != 1 {
		s.errorf(s.pos(), "bad-name", "vrrp_sync_group must have a name of one word (quote it if it has blanks)")
		return nil
	}
	name := s.word(0)
	if d := b.vrrp().groupNamed[name]; d != nil {
		s.report(syntax.Diagnostic{Pos: s.at(0), Severity: syntax.Error, Class: syntax.ClassConfigError,
			ID:   "duplicate-name",
			Text: "vrrp sync group " + name + " already defined; give it another name", Related: d.Pos,
			RelatedText: "first defined here"})
		return nil
	}
	d := &groupDraft{SyncGroup: config.SyncGroup{Name: name, Pos: s.pos()}}
	// Remembered when it begins, so that one below with its name is found.
	b.vrrp().addGroup(d)
	b.object = name
	return d
}

// joinGroups finds the members of the groups (semantics 6.5). It comes before the
// instances are completed, because members inherit from their group.
func (b *binder) joinGroups() {
	//	group {
	//	    VI_1 VI_2
	//	}
	// names instances that may stand anywhere (grammar 6.9).
	for _, g := range b.vrrp().groups {
		for _, w := range g.members {
			b.join(g, w)
		}
		switch len(g.Members) {
		case 0:
			b.errorf(g.Pos, "group-without-members",
				"Sync group %s has no virtual router(s). removing; list vrrp_instances in its group block", g.Name)
		case 1:
			b.warnf(g.Pos, "group-of-one",
				"Sync group %s has only 1 virtual router(s) - this probably isn't what you want", g.Name)
		}
		// In the order of kinds that a configuration has when it is printed and read again.
		byKind(g.Tracks)
		g.Notify.SMTPAlert = firstOf(false, g.smtpAlert, b.global().Defaults.SMTPAlertVRRP, b.global().Defaults.SMTPAlert)
		if !g.has("notify_priority_changes") {
			g.Notify.PriorityChanges = b.global().NotifyPriorityChanges
		}
		b.resolveNotify(&g.Notify, g.Name)
	}
}

// join makes an instance a member of a group, by the name that the group has for it.
func (b *binder) join(g *groupDraft, w syntax.Word) {
	d := b.vrrp().byName[w.Text]
	switch {
	case d == nil:
		b.errorf(w.Pos, "unknown-member", "Virtual router %s specified in sync group %s doesn't exist - ignoring%s",
			w.Text, g.Name, b.memberMeant(w.Text))
	// The same name twice changes nothing; in two groups it is the first that has it (semantics 6.5).
	case d.group == g:
		b.warnf(w.Pos, "duplicate-entry", "Virtual router %s is listed twice in sync group %s", w.Text, g.Name)
	case d.group != nil:
		b.errorf(w.Pos, "member-of-two-groups",
			"Virtual router %s cannot exist in more than one sync group; ignoring %s, it is in %s", w.Text, g.Name,
			d.group.Name)
	default:
		d.group = g
		g.Members = append(g.Members, w.Text)
	}
}

// memberMeant asks for an instance with a name like one that is not there. It does not where one may have
// been lost: who takes the advice then makes a second mistake of the first.
func (b *binder) memberMeant(name string) string {
	if name := undefined(name); name != "" {
		return "; " + name + notDefined
	}
	//	}
	// in the wrong place can cost half the file its instances: the nearest name of those that are left is not the one
	// that was meant.
	if slices.ContainsFunc(b.diags, losesObjects) {
		return ""
	}
	return DidYouMean(name, b.instanceNames())
}

// instanceNames are the names of all instances, also of those that will be left out.
func (b *binder) instanceNames() []string {
	names := make([]string, len(b.vrrp().instances))
	for i, d := range b.vrrp().instances {
		names[i] = d.Name
	}
	return names
}

// resolveNotify looks at the identity of notify scripts and drops those that
// nobody may run.
func (b *binder) resolveNotify(n *config.Notify, object string) {
	for _, c := range commandsOf(n) {
		if !c.Command.IsSet() {
			continue
		}
		b.resolveUser(c.Command, "("+object+") "+c.Name)
		// Refused commands do not run, and one that is not found is no matter of security.
		if c.Command.IsSet() && c.Command.Problem == "" {
			b.runsVRRPScript(c.Command.Pos)
		}
	}
}

// commandsOf are all scripts with their keywords. A group never has a notify_deleted (cli
// 9.3).
func commandsOf(n *config.Notify) []namedCommand {
	return []namedCommand{
		{"notify_master", &n.Master}, {"notify_backup", &n.Backup}, {"notify_fault", &n.Fault},
		{"notify_stop", &n.Stop},
		{"notify_deleted", &n.Deleted}, {"notify", &n.Any}, {"notify_master_rx_lower_pri", &n.MasterRxLowerPri},
	}
}
