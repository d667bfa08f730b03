package netif

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A claim tells the VMACs of this life from those of a former one and of other daemons. It is
// a token that the alias of each VMAC carries and a socket in the abstract
// namespace that is called like it: as long as the process lives nobody else can bind that
// name, and such names belong to the network namespace, as interfaces do.
type claim struct {
	token string
	fd    int
}

func newClaim() (*claim, error) {
	// 48 bits: daemons in one namespace do not meet by chance.
	b := make([]byte, 6)
	if _, err := rand.Read(b); err != nil {
		return nil, err
	}
	token := hex.EncodeToString(b)
	fd, err := bindToken(token)
	if err != nil {
		return nil, fmt.Errorf("claim VMACs: %w", err)
	}
	return &claim{token, fd}, nil
}

func bindToken(token string) (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: "@holdfast-vmac-" + token}); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("bind", err)
	}
	return fd, nil
}

func (c *claim) close() error {
	if c == nil {
		return nil
	}
	return unix.Close(c.fd)
}

// abandoned reports whether nobody holds the claim with this token.
func abandoned(token string) bool {
	fd, err := bindToken(token)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// aliasWord is the first word of the aliases of our VMACs.
const aliasWord = "holdfast"

// maxAlias is the length of a link's alias (IFALIASZ without its NUL).
const maxAlias = 255

// alias is the text for the interface of w: the token, and the settings that were
// changed for it as they were before, so that a later life can restore them.
func (j *vmacJob) alias(w VMAC) string {
	text := aliasWord + " " + j.claim.token
	// Sorted, so that the same settings give the same text.
	for _, path := range slices.Sorted(maps.Keys(j.settings)) {
		name := strings.TrimPrefix(path, conf4)
		dev, _, _ := strings.Cut(name, "/")
		if dev != w.Parent && dev != "all" && dev != "default" {
			continue
		}
		// `holdfast 0123456789ab eth0/arp_ignore=0 all/rp_filter=1`; what does not fit is left out,
		// and a later life leaves that setting as it is.
		if word := " " + name + "=" + j.sysctls.before[path]; len(text)+len(word) <= maxAlias {
			text += word
		}
	}
	return text
}

// claimedBy reports whether the alias of l has a token.
func (l Link) claimedBy(token string) bool { return strings.HasPrefix(l.Alias, aliasWord+" "+token) }

// takeOver reports whether l becomes ours, or is so already; what its alias tells of former
// settings is taken in. An interface with a text of somebody else stays theirs.
func (j *vmacJob) takeOver(l Link) (bool, error) {
	words := strings.Fields(l.Alias)
	if len(words) > 0 && (len(words) == 1 || words[0] != aliasWord) {
		return false, nil
	}
	// Only now: a daemon without virtual MAC interfaces needs no socket for it.
	if j.claim == nil {
		c, err := newClaim()
		if err != nil {
			return false, err
		}
		j.VMACs.claim = c
	}
	return len(words) == 0 || words[1] == j.claim.token || abandoned(words[1]), nil
}

// inherit takes over what former lives have left: their VMACs are ours to use or to remove,
// and what they have changed is ours to restore.
func (j *vmacJob) inherit() {
	for _, l := range j.links {
		words := strings.Fields(l.Alias)
		if !l.Virtual() || len(words) < 2 || words[0] != aliasWord || !abandoned(words[1]) {
			continue
		}
		for _, setting := range words[2:] {
			if path, value, ok := strings.Cut(setting, "="); ok {
				j.sysctls.inherit(conf4+path, value)
			}
		}
		if w, ok := j.vmacOf(l); ok {
			j.held[w.key()] = held{VMAC: w, mine: true}
		}
	}
}

// vmacOf is what l was made for.
func (j *vmacJob) vmacOf(l Link) (VMAC, bool) {
	i := slices.IndexFunc(j.links, func(p Link) bool { return p.Index == l.Parent })
	if i >= 0 && l.Kind == kindIPVLAN {
		// One that is wanted by its name is found by it; any other is to go.
		serves := func(w VMAC) bool { return w.Kind == IPVLAN && l.isFor(w, w.Plain(), j.links[i]) }
		w := VMAC{Kind: IPVLAN, Parent: j.links[i].Name, Called: l.Name}
		return w, !slices.ContainsFunc(j.want, serves)
	}
	if i < 0 || len(l.Hardware) != 6 {
		return VMAC{}, false
	}
	w := VMAC{Parent: j.links[i].Name, VRID: l.Hardware[5], IPv6: l.Hardware[4] == 2, MAC: [6]byte([]byte(l.Hardware))}
	return w, l.isFor(w, "", j.links[i])
}
