// Package thishost answers what a configuration is asked about the machine it is for.
package thishost

import (
	"context"
	"net"
	"os"
	"os/user"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"

	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/internal/runas"
)

// Env asks this host.
func Env() language.Env {
	// Network namespaces are those that `ip netns add` has named: a file each in /run/netns.
	return language.Env{
		HostName:   Name(),
		CPUs:       runtime.NumCPU(),
		Namespace:  func(name string) bool { _, err := os.Stat("/run/netns/" + name); return err == nil },
		Interface:  func(name string) bool { _, err := net.InterfaceByName(name); return err == nil },
		Interfaces: interfaces,
		VRF:        isVRF,
		Resolves:   resolves,
		User:       func(name string) bool { _, err := user.Lookup(name); return err == nil },
		Group:      func(name string) bool { _, err := user.LookupGroup(name); return err == nil },
		Named:      new(source.Names).Has,
		Script:     runas.New(runas.Options{}).Check,
	}
}

// Name is the name of this host.
func Name() string {
	// The name makes the default router_id; that a host has none is no reason not to start.
	n, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return n
}

// resolves asks for the addresses of a host, for as long as people wait for an answer.
func resolves(name string) bool {
	// A resolver that does not answer must not hold up whoever checks a file with it.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := net.DefaultResolver.LookupHost(ctx, name)
	return err == nil
}

func interfaces() []string {
	var names []string
	// For proposals only: whether an interface is there is asked by its name.
	all, err := net.Interfaces()
	if err != nil {
		return nil // nothing is proposed
	}
	for _, i := range all {
		names = append(names, i.Name)
	}
	return names
}

func isVRF(name string) bool {
	l, err := netlink.LinkByName(name)
	return err == nil && l.Type() == "vrf"
}
