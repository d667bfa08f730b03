package netif

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// A VMACKind is what an interface of a virtual router's own is made of.
type VMACKind uint8

// The kinds. A macvlan has a hardware address of its own, an ipvlan that of its parent, and network addresses
// of its own.
const (
	MACVLAN VMACKind = iota
	IPVLAN
)

// Flags of an ipvlan (linux/if_link.h): no traffic between those of a parent, or only by way of the switch.
const (
	IPVLANPrivate uint16 = 1
	IPVLANVEPA    uint16 = 2
)

// String is what keepalived calls it.
func (k VMACKind) String() string { return [...]string{"VMAC", "ipvlan"}[k] }

// A VMAC is a wanted interface of a virtual router's own (semantics 3.13): a private macvlan on a parent
// with the hardware address of a virtual router, for one address family; or an ipvlan (semantics 3.17).
type VMAC struct {
	Kind   VMACKind
	Flags  uint16 // of an ipvlan: IPVLAN_F_*; the kernel keeps one for all of a parent
	both   bool   // families live on it
	Owner  string // name of the virtual router, for reports
	Parent string // name of the interface below
	VRID   uint8
	IPv6   bool
	Prefix string  // what its name begins with
	Called string  // its whole name; "" to make one of Prefix and VRID
	MAC    [6]byte // its hardware address; zero is that of the RFC
	Group  uint32  // its interface group
}

// Hardware is the hardware address as raw bytes: its own or the virtual router MAC address (RFC 9568
// section 7.3).
func (v VMAC) Hardware() string {
	if v.MAC != ([6]byte{}) {
		return string(v.MAC[:])
	}
	family := byte(1)
	if v.IPv6 {
		family = 2
	}
	return string([]byte{0, 0, 0x5e, 0, family, v.VRID})
}

// Plain is its name unless something else has that.
func (v VMAC) Plain() string {
	if v.Called != "" {
		return v.Called
	}
	return nameWith(v, "")
}

// LinkLocal is the link-local address that belongs to the hardware address (RFC 4291
// appendix A).
func (v VMAC) LinkLocal() netip.Prefix {
	// EUI-64: ff:fe in the middle, and the bit for locally administered ones is turned round.
	hw := v.Hardware()
	a := [16]byte{0: 0xfe, 1: 0x80, 8: hw[0] ^ 2, 9: hw[1], 10: hw[2], 11: 0xff, 12: 0xfe, 13: hw[3], 14: hw[4], 15: hw[5]}
	return netip.PrefixFrom(netip.AddrFrom16(a), 64)
}

// vmacKey is what tells VMACs apart: there is one for everybody who wants the same.
type vmacKey struct {
	kind       VMACKind
	parent, id string
}

func (v VMAC) key() vmacKey {
	k := vmacKey{v.Kind, v.Parent, v.Hardware()}
	if v.Kind == IPVLAN {
		// Those of one parent have one hardware address.
		k.id = fmt.Sprint(v.IPv6, v.VRID, v.Called)
	}
	return k
}

// Same reports whether one interface serves as both.
func (v VMAC) Same(o VMAC) bool { return v.key() == o.key() }

// isFor reports whether l can serve as v, which is called name if it is an ipvlan, on the link parent.
func (l Link) isFor(v VMAC, name string, parent Link) bool {
	if v.Kind == IPVLAN {
		return l.Kind == kindIPVLAN && l.Parent == parent.Index && l.Name == name
	}
	return l.Kind == kindMACVLAN && l.Mode == modePrivate && l.Parent == parent.Index && l.Hardware == v.Hardware()
}

// link is the interface to make for v.
func (v VMAC) link(name string, parent Link) Link {
	l := Link{Name: name, Parent: parent.Index, Group: v.Group}
	if v.Kind == IPVLAN {
		l.Kind, l.Mode = kindIPVLAN, uint32(v.Flags)
		l.Hardware = parent.Hardware // it cannot have another, and is not asked for one
	} else {
		l.Kind, l.Mode, l.Hardware = kindMACVLAN, modePrivate, v.Hardware()
	}
	return l
}

// modePrivate is MACVLAN_MODE_PRIVATE: no traffic between the macvlans of a parent.
const modePrivate = 1

// linkKernel is what VMACs need of the host: Kernel or Fake.
type linkKernel interface {
	settings
	Links() ([]Link, error)
	ChangeLink(LinkChange) error
	DeleteLinks(indexes []int) []error
}

// VMACs makes VMACs be there. It is used by one goroutine.
type VMACs struct {
	k       linkKernel
	claim   *claim
	names   map[vmacKey]string // of all wanted, also of those whose parent is missing
	held    map[vmacKey]held   // that are there
	sysctls Sysctls            // of parents and of the host
	failed  map[vmacKey]error  // that could not be made or set up the last time
	looked  bool               // for what former lives have left
}

// held is a VMAC that is there.
type held struct {
	VMAC
	index int  // of the link that was set up; 0 for one of a former life
	mine  bool // to remove when it is no longer wanted
}

// NewVMACs gives VMACs that work on k, a Kernel or a Fake.
func NewVMACs(k linkKernel) *VMACs {
	return &VMACs{k: k, names: map[vmacKey]string{}, held: map[vmacKey]held{}, failed: map[vmacKey]error{}}
}

// VMACChanges is what one Apply has done.
type VMACChanges struct {
	// Links are those of all that are wanted and there, as they are now.
	Links []Link
	// Made, Found, Mended, Moved and Removed are names with their owners: Found were there
	// already, from a former life or by somebody's hand; Mended were down; Moved were in another VRF than
	// their parents.
	Made, Found, Mended, Moved, Removed []NamedVMAC
}

// A NamedVMAC is a VMAC with the name its interface got.
type NamedVMAC struct {
	VMAC
	Name string
}

// Apply makes all of want be there, up and with their settings, and removes those of
// former calls that are not in want. An interface that matches is reused; one that has an
// alias of somebody else is not removed later. A VMAC whose parent is missing is left out
// until Apply is called again. Settings of parents and of the host are changed for
// as long as there are users and restored then. It may be repeated at will. The error
// joins what failed, one per VMAC, and leaves out what the last call has told in the same words
// (Failure has it).
func (v *VMACs) Apply(want []VMAC) (VMACChanges, error) {
	links, err := v.k.Links()
	if err != nil {
		return VMACChanges{}, err
	}
	j := vmacJob{VMACs: v, links: links, wanted: map[vmacKey]bool{}, settings: map[string]string{}}
	for _, w := range want {
		// Two instances may share one: with the same parent and hardware address.
		if !j.wanted[w.key()] {
			j.wanted[w.key()] = true
			j.want = append(j.want, w)
			continue
		}
		for n := range j.want {
			if other := &j.want[n]; other.key() == w.key() && other.IPv6 != w.IPv6 {
				other.both = true
			}
		}
	}
	if !v.looked {
		v.looked = true
		j.inherit()
	}
	// Kept aside: a failure is told again only when its words are others than the last time.
	known := v.failed
	v.failed = map[vmacKey]error{}
	// All are made before any is set up: the settings of the parent depend on which are there.
	j.create()
	j.prepareSettings()
	for _, w := range j.want {
		if err := j.finish(w); err != nil {
			j.fail(w, err)
		}
	}
	j.report(known)
	j.remove()
	j.current()
	if err := v.sysctls.keep(v.k, j.settings); err != nil {
		j.errs = append(j.errs, err)
	}
	return j.changes, errors.Join(j.errs...)
}

// Name is the name of the interface of w; false if it was never applied.
func (v *VMACs) Name(w VMAC) (string, bool) {
	name, ok := v.names[w.key()]
	return name, ok
}

// Failure is why the interface of w could not be made or set up the last time, nil if it could.
func (v *VMACs) Failure(w VMAC) error { return v.failed[w.key()] }

// Failing reports whether any could not be made or set up the last time.
func (v *VMACs) Failing() bool { return len(v.failed) > 0 }

// Close gives up the claim on what is there: it counts as left behind then.
func (v *VMACs) Close() error { return v.claim.close() }

// Reclaim takes Close back.
func (v *VMACs) Reclaim() error {
	if v.claim == nil {
		return nil
	}
	fd, err := bindToken(v.claim.token)
	if err != nil {
		return err
	}
	v.claim.fd = fd
	return nil
}

// vmacJob is one call of Apply.
type vmacJob struct {
	*VMACs
	links    []Link
	want     []VMAC
	wanted   map[vmacKey]bool
	settings map[string]string // of parents and of the host, by path
	made     map[vmacKey]bool
	changes  VMACChanges
	errs     []error
}

func (j *vmacJob) link(name string) (Link, bool) { return State{Links: j.links}.Link(name) }

// fail notes that w cannot be had.
func (j *vmacJob) fail(w VMAC, err error) { j.failed[w.key()] = err }

// report makes errors of what has failed and is not known, in the order in which it was wanted.
func (j *vmacJob) report(known map[vmacKey]error) {
	for _, w := range j.want {
		err, before := j.failed[w.key()], known[w.key()]
		if err != nil && (before == nil || before.Error() != err.Error()) {
			j.errs = append(j.errs, err)
		}
	}
}

// find is the interface that serves as w.
func (j *vmacJob) find(w VMAC) (Link, bool) {
	parent, ok := j.link(w.Parent)
	if !ok {
		return Link{}, false
	}
	name, known := j.names[w.key()]
	if !known {
		name = w.Plain()
		if w.Kind == IPVLAN && j.kept(name, w) {
			return Link{}, false // it is that of another, whose name is the same when nothing is in the way
		}
	}
	i := slices.IndexFunc(j.links, func(l Link) bool { return l.isFor(w, name, parent) })
	if i < 0 {
		return Link{}, false
	}
	return j.links[i], true
}

// create makes the interfaces that are missing, down and without settings.
func (j *vmacJob) create() {
	j.made = map[vmacKey]bool{}
	for _, w := range j.want {
		j.leave(w)
		if l, ok := j.find(w); ok && !j.misnamed(w, l) {
			j.names[w.key()] = l.Name
			continue
		}
		name := j.name(w)
		j.vacate(name)
		j.names[w.key()] = name
		parent, ok := j.link(w.Parent)
		if !ok {
			continue
		}
		l := w.link(name, parent)
		if err := j.k.ChangeLink(LinkChange{Op: CreateLink, Link: l}); err != nil {
			j.fail(w, fmt.Errorf("create %v %s on %s: %w", w.Kind, name, w.Parent, err))
			continue
		}
		j.made[w.key()] = true
		j.links = append(j.links, l) // its name is taken now
	}
	// Nothing new, so the list from the beginning serves still.
	if len(j.made) == 0 {
		return
	}
	links, err := j.k.Links()
	if err != nil {
		j.errs = append(j.errs, err)
		return
	}
	j.links = links
}

// leave removes the interface of w that stands on a parent which has another name now: its name is wanted for
// the one in its place.
func (j *vmacJob) leave(w VMAC) {
	h, known := j.held[w.key()]
	if _, found := j.find(w); found || !known || !h.mine {
		return
	}
	if l, there := j.renamed(h); there {
		j.drop(w, l)
	}
}

// misnamed reports whether the interface l of w is ours and has another name than it was given, and removes it
// then: with the same hardware address on the same parent there can only be one.
func (j *vmacJob) misnamed(w VMAC, l Link) bool {
	if w.Called == "" || w.Called == l.Name || !j.held[w.key()].mine {
		return false
	}
	if _, taken := j.link(w.Called); taken {
		return false
	}
	return j.drop(w, l)
}

// vacate removes an interface of ours with a name that is wanted for another, if it is not wanted itself.
func (j *vmacJob) vacate(name string) {
	for k, h := range j.held {
		if l, ok := j.find(h.VMAC); ok && l.Name == name && h.mine && !j.wanted[k] {
			j.drop(h.VMAC, l)
		}
	}
}

// drop removes the interface l of w before its name or its hardware address is given to another, and reports
// whether it is gone.
func (j *vmacJob) drop(w VMAC, l Link) bool {
	if j.k.DeleteLinks([]int{l.Index})[0] != nil {
		return false // what is made in its place will fail and say so
	}
	j.links = slices.DeleteFunc(j.links, func(o Link) bool { return o.Index == l.Index })
	delete(j.held, w.key())
	j.changes.Removed = append(j.changes.Removed, NamedVMAC{w, l.Name})
	return true
}

// name is what the interface of w is called, or will be: its own name, or the prefix and the virtual router
// identifier, and between them what makes it unique (semantics 3.13).
func (j *vmacJob) name(w VMAC) string {
	if w.Called != "" {
		return w.Plain()
	}
	// The name of before, as long as it is free: others may know the interface by it.
	if name, ok := j.names[w.key()]; ok && !j.taken(name, w) {
		return name
	}
	name := w.Plain()
	if w.IPv6 && j.taken(name, w) {
		name = nameWith(w, "6")
	}
	for n := 1; j.taken(name, w); n++ {
		name = nameWith(w, strconv.Itoa(n))
	}
	return name
}

// nameWith makes a name; a prefix that is too long for the kernel is cut.
func nameWith(w VMAC, middle string) string {
	end := middle + "." + strconv.Itoa(int(w.VRID))
	return w.Prefix[:min(len(w.Prefix), unix.IFNAMSIZ-1-len(end))] + end
}

// taken reports whether name is another interface's or kept for another VMAC.
func (j *vmacJob) taken(name string, w VMAC) bool {
	if _, ok := j.link(name); ok {
		return true
	}
	return j.kept(name, w)
}

// kept reports whether name is kept for another VMAC.
func (j *vmacJob) kept(name string, w VMAC) bool {
	for k, n := range j.names {
		if n == name && k != w.key() {
			return true
		}
	}
	return false
}

// finish gives the interface of w its settings and sets it up.
func (j *vmacJob) finish(w VMAC) error {
	l, ok := j.find(w)
	if !ok {
		return nil
	}
	// By index: one that was made again meanwhile is another link, and has no settings.
	known := j.held[w.key()].index == l.Index && j.held[w.key()].both == w.both
	regroup := w.Group != 0 && w.Group != l.Group
	// The kernel makes its MTU smaller with that of its parent, and never larger again.
	narrow := 0
	if parent, ok := j.link(w.Parent); ok && l.MTU < parent.MTU && (!known || j.held[w.key()].mine) {
		narrow = parent.MTU
	}
	moves := j.strays(w, l) && (!known || j.held[w.key()].mine)
	up := l.Flags&unix.IFF_UP != 0
	if known && up && !regroup && !moves && narrow == 0 {
		return nil
	}
	// Bare before it is up, because the kernel makes link-local addresses when a link comes up.
	// The link-local address of an ipvlan is nobody else's, and it needs one.
	bare := w.Kind == MACVLAN || !w.IPv6
	c := LinkChange{Op: ChangeLink, Link: Link{Index: l.Index, Group: w.Group}, Bare: bare, Regroup: regroup}
	mine, err := j.takeOver(l)
	if err != nil {
		return err
	}
	if mine {
		c.Alias, c.Link.MTU, c.Move, c.Link.Master = j.alias(w), narrow, moves, j.realm(w)
	}
	// The alias comes first: it tells a later life what to restore.
	err = j.k.ChangeLink(c)
	if errors.Is(err, unix.EAFNOSUPPORT) { // without IPv6, as with an MTU below 1280, it makes no such address
		c.Bare = false
		err = j.k.ChangeLink(c)
	}
	if err != nil {
		return fmt.Errorf("set up VMAC %s: %w", l.Name, err)
	}
	if err := j.set(w, l.Name); err != nil {
		return fmt.Errorf("set up VMAC %s: %w", l.Name, err)
	}
	if err := j.k.ChangeLink(LinkChange{Op: ChangeLink, Link: Link{Index: l.Index}, Up: true}); err != nil {
		return fmt.Errorf("set VMAC %s up: %w", l.Name, err)
	}
	j.held[w.key()] = held{w, l.Index, mine}
	named := NamedVMAC{w, l.Name}
	switch {
	case j.made[w.key()]:
		j.changes.Made = append(j.changes.Made, named)
	case known && up && moves:
		j.changes.Moved = append(j.changes.Moved, named)
	case known:
		j.changes.Mended = append(j.changes.Mended, named)
	default:
		j.changes.Found = append(j.changes.Found, named)
	}
	return nil
}

// realm is the VRF device that the interface of w has to be in, that of its parent; 0 for none. Somewhere else its
// addresses would be in another routing table than the network that it stands on.
func (j *vmacJob) realm(w VMAC) int {
	if parent, ok := j.link(w.Parent); ok && j.isVRF(parent.Master) {
		return parent.Master
	}
	return 0
}

func (j *vmacJob) isVRF(index int) bool {
	return slices.ContainsFunc(j.links, func(l Link) bool { return l.Index == index && l.Kind == kindVRF })
}

// strays reports whether the interface l of w is not in the VRF it has to be in. One that somebody has put into a
// bridge is left there.
func (j *vmacJob) strays(w VMAC, l Link) bool {
	return l.Master != j.realm(w) && (l.Master == 0 || j.isVRF(l.Master))
}

// current reads how the interfaces are now.
func (j *vmacJob) current() {
	// Flags and addresses are other ones now; else the list is still true.
	if c := j.changes; len(c.Made)+len(c.Found)+len(c.Mended)+len(c.Moved) > 0 {
		links, err := j.k.Links()
		if err != nil {
			j.errs = append(j.errs, err)
			return
		}
		j.links = links
	}
	for _, w := range j.want {
		if l, ok := j.find(w); ok {
			j.changes.Links = append(j.changes.Links, l)
		}
	}
}

// remove deletes what is ours and not wanted, or has another parent now: one that was
// renamed is another interface (semantics 4.4).
func (j *vmacJob) remove() {
	var keys []vmacKey
	var links []Link
	for k, h := range j.held {
		l, ok := j.find(h.VMAC)
		if ok && j.wanted[k] {
			continue
		}
		if !ok {
			l, ok = j.renamed(h)
		}
		if ok && h.mine {
			keys, links = append(keys, k), append(links, l)
		} else {
			delete(j.held, k)
		}
	}
	indexes := make([]int, len(links))
	for i, l := range links {
		indexes[i] = l.Index
	}
	for i, err := range j.k.DeleteLinks(indexes) {
		if err != nil && !errors.Is(err, unix.ENODEV) {
			j.errs = append(j.errs, fmt.Errorf("remove VMAC %s: %w", links[i].Name, err))
			continue
		}
		j.changes.Removed = append(j.changes.Removed, NamedVMAC{j.held[keys[i]].VMAC, links[i].Name})
		delete(j.held, keys[i])
	}
	maps.DeleteFunc(j.names, func(k vmacKey, _ string) bool { return !j.wanted[k] })
	slices.SortFunc(j.changes.Removed, func(a, b NamedVMAC) int { return cmp.Compare(a.Name, b.Name) })
}

// renamed is the link of h if it still exists on a parent that has another name now.
func (j *vmacJob) renamed(h held) (Link, bool) {
	i := slices.IndexFunc(j.links, func(l Link) bool {
		// The index alone would do until the kernel gives it to another link.
		if h.Kind == IPVLAN {
			return l.Index == h.index && l.Kind == kindIPVLAN && j.claim != nil && l.claimedBy(j.claim.token)
		}
		return l.Index == h.index && l.Kind == kindMACVLAN && l.Hardware == h.Hardware()
	})
	if i < 0 {
		return Link{}, false
	}
	return j.links[i], true
}
