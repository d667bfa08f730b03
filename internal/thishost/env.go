// Package thishost answers what a configuration is asked about the machine it is for.
package thishost

import (
	"net"
	"os"
	"os/user"
	"runtime"

	"github.com/vishvananda/netlink"

	"holdfast/config"
	"holdfast/config/source"
	"holdfast/internal/runas"
)

// Env asks this host.
func Env() config.Env {
	return config.Env{
		HostName:  Name(),
		CPUs:      runtime.NumCPU(),
		Namespace: func(name string) bool { _, err := os.Stat("/run/netns/" + name); return err == nil },
		Interface: func(name string) bool { _, err := net.InterfaceByName(name); return err == nil },
		VRF:       isVRF,
		User:      func(name string) bool { _, err := user.Lookup(name); return err == nil },
		Group:     func(name string) bool { _, err := user.LookupGroup(name); return err == nil },
		Named:     new(source.Names).Has,
		Script:    runas.New(runas.Options{}).Check,
	}
}

// Name is the name of this host.
func Name() string {
	n, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return n
}

func isVRF(name string) bool {
	l, err := netlink.LinkByName(name)
	return err == nil && l.Type() == "vrf"
}
