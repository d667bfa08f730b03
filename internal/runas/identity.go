package runas

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"

	"holdfast/config"
	"holdfast/internal/logging"
)

// Identity is a user and group to run as.
type Identity struct {
	UID, GID uint32
	// Groups are the supplementary groups; empty means the primary group only.
	Groups []uint32
}

// String is uid:gid.
func (i Identity) String() string { return fmt.Sprintf("%d:%d", i.UID, i.GID) }

// defaultUser is the user scripts run as when nothing names one (cli 8.3).
const defaultUser = "keepalived_script"

// identify resolves user and group names, each also as a number. A group written
// ":group" asks for the user's supplementary groups too (grammar 5.6), which may be asked for
// anyway (set_supplementary_groups). The error is the line keepalived logs.
func identify(userName, groupName string, anyway bool) (Identity, error) {
	u, err := user.Lookup(userName)
	if err != nil {
		if u, err = user.LookupId(userName); err != nil {
			return Identity{}, logging.Worded("Script user '%s' does not exist", userName)
		}
	}
	var id Identity
	if id.UID, err = number(u.Uid); err != nil {
		return id, err
	}
	if id.GID, err = number(u.Gid); err != nil {
		return id, err
	}
	group, supplementary := strings.CutPrefix(groupName, ":")
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			if g, err = user.LookupGroupId(group); err != nil {
				return id, logging.Worded("Script group '%s' does not exist", group)
			}
		}
		if id.GID, err = number(g.Gid); err != nil {
			return id, err
		}
	}
	if !supplementary && !anyway {
		return id, nil
	}
	return id, id.join(u)
}

// join adds the supplementary groups of u.
func (i *Identity) join(u *user.User) error {
	groups, err := u.GroupIds()
	if err != nil {
		return fmt.Errorf("groups of script user '%s': %v", u.Username, err)
	}
	for _, g := range groups {
		n, err := number(g)
		if err != nil {
			return err
		}
		i.Groups = append(i.Groups, n)
	}
	return nil
}

// IDs tells the numbers of a user and a group as keepalived's dump files have them,
// "uid:gid". Without a user they are keepalived_script's if there is one, else the
// daemon's own; the names are all there is to tell when nobody knows them.
func IDs(userName, groupName string) string {
	id, err := identityOf(config.Command{User: userName, Group: groupName}, config.Global{}, "")
	if err != nil {
		return userName + ":" + groupName
	}
	return id.String()
}

func number(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("user database: %v", err)
	}
	return uint32(n), nil
}

// self is the identity of the daemon.
func self() Identity { return Identity{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())} }
