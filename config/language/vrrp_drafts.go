package language

import "holdfast/config"

// vrrpDrafts are the objects of the vrrp role that are completed when the whole text was read: each of
// them may name another that stands behind it.
type vrrpDrafts struct {
	scripts  []*scriptDraft
	shadowed []config.Script // scripts with the name of one before them
	groups   []*groupDraft
	// instances are in the order of the text; byName finds them, as groupNamed does groups.
	instances  []*instanceDraft
	byName     map[string]*instanceDraft
	groupNamed map[string]*groupDraft
	// scriptsNamed has all scripts of a name: the first of them that is usable counts.
	scriptsNamed map[string][]*scriptDraft
}

func (b *binder) vrrp() *vrrpDrafts { return part[vrrpDrafts](b) }

func (d *vrrpDrafts) addScript(s *scriptDraft) {
	if d.scriptsNamed == nil {
		d.scriptsNamed = map[string][]*scriptDraft{}
	}
	d.scripts, d.scriptsNamed[s.Name] = append(d.scripts, s), append(d.scriptsNamed[s.Name], s)
}

func (d *vrrpDrafts) addGroup(g *groupDraft) {
	if d.groupNamed == nil {
		d.groupNamed = map[string]*groupDraft{}
	}
	d.groups, d.groupNamed[g.Name] = append(d.groups, g), g
}

func (d *vrrpDrafts) addInstance(i *instanceDraft) {
	if d.byName == nil {
		d.byName = map[string]*instanceDraft{}
	}
	d.instances, d.byName[i.Name] = append(d.instances, i), i
}
