package runas

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"holdfast/internal/rights"
)

// standing is who this process is and what it may change about that.
type standing struct {
	uids, gids [3]int // real, effective, saved
	groups     []int
	caps       rights.Set
	// groupsDenied reports whether supplementary groups stay as they are in this user
	// namespace.
	groupsDenied func() bool
}

// stand asks the kernel.
func stand() (standing, error) {
	var s standing
	var err error
	s.uids[0], s.uids[1], s.uids[2] = unix.Getresuid()
	s.gids[0], s.gids[1], s.gids[2] = unix.Getresgid()
	if s.groups, err = syscall.Getgroups(); err != nil {
		return s, fmt.Errorf("read supplementary groups: %v", err)
	}
	if s.caps, err = effective(); err != nil {
		return s, fmt.Errorf("read capabilities: %v", err)
	}
	s.groupsDenied = groupsDenied
	return s, nil
}

// become gives what a child of a process that stands so has to change to be id: nil when
// it is id already. The rights to change are needed by those only who have something
// to change: a daemon without them still runs its own scripts. The error names the
// capabilities that are missing.
func (s standing) become(id Identity) (*syscall.Credential, error) {
	user, group := int(id.UID), int(id.GID)
	sameUser, sameGroup := s.uids == [3]int{user, user, user}, s.gids == [3]int{group, group, group}
	missing, surplus := s.compareGroups(id)
	sameGroups := !missing && !surplus
	if sameUser && sameGroup && sameGroups {
		return nil, nil
	}
	canGroup := s.caps.Has(rights.SetGID)
	canGroups := canGroup && (sameGroups || !s.groupsDenied())
	if sameUser && sameGroup && !missing && !canGroups {
		return nil, nil // the groups of the daemon stay: they are those of the same user
	}
	var needs []string
	if !sameUser && !s.caps.Has(rights.SetUID) {
		needs = append(needs, "CAP_SETUID")
	}
	if (!sameGroup || !sameGroups) && !canGroup {
		needs = append(needs, "CAP_SETGID")
	}
	if len(needs) > 0 {
		return nil, fmt.Errorf("to run as %v needs %s", id, strings.Join(needs, " and "))
	}
	if !canGroups && !sameGroups {
		return nil, errors.New("to run as " + id.String() + " needs other supplementary groups, " +
			"which this user namespace denies")
	}
	return &syscall.Credential{Uid: id.UID, Gid: id.GID, Groups: id.Groups, NoSetGroups: sameGroups}, nil
}

// compareGroups reports whether id wants supplementary groups that are missing, and
// whether there are some that it does not want. The primary group is a member anyway.
func (s standing) compareGroups(id Identity) (missing, surplus bool) {
	for _, g := range id.Groups {
		missing = missing || g != id.GID && !slices.Contains(s.groups, int(g))
	}
	for _, g := range s.groups {
		surplus = surplus || g != int(id.GID) && !slices.Contains(id.Groups, uint32(g))
	}
	return missing, surplus
}
