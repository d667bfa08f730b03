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

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/internal/keyfile"
	"holdfast/internal/netspace"
	"holdfast/internal/runas"
	"holdfast/internal/speaker"
	"holdfast/internal/sslfile"
	"holdfast/internal/timetable"
)

// Env asks this host.
func Env() language.Env {
	// Network namespaces are those that `ip netns add` has named: a file each in /run/netns.
	return language.Env{
		HostName:   Name(),
		CPUs:       runtime.NumCPU(),
		Namespace:  netspace.Exists,
		Inside:     inside,
		Interface:  func(name string) bool { _, err := net.InterfaceByName(name); return err == nil },
		Foreign:    foreign,
		Interfaces: interfaces,
		VRF:        isVRF,
		Resolves:   func(name string) bool { return resolves(net.DefaultResolver, name) },
		User:       func(name string) bool { _, err := user.Lookup(name); return err == nil },
		Group:      func(name string) bool { _, err := user.LookupGroup(name); return err == nil },
		Named:      new(source.Names).Number,
		Tables: func(usr, etc string) func(table, name string) (uint32, bool) {
			return (&source.Names{Usr: usr, Etc: etc}).Number
		},
		Script:       runas.New(runas.Options{}).Check,
		KeyFile:      keyProblem,
		TimeFile:     timetable.Problem,
		HeaderFile:   headerProblem,
		PasswordFile: passwordProblem,
		Speaker:      speakerProblem,
		SSLFiles:     sslProblem,
	}
}

func keyProblem(path string) string {
	if _, err := keyfile.Read(path); err != nil {
		return err.Error()
	}
	return ""
}

func sslProblem(s config.SSL) (keyword, problem string) {
	if _, p := sslfile.Read(s); p != nil {
		return p.Keyword, p.Error()
	}
	return "", ""
}

func passwordProblem(path string) string {
	if _, err := keyfile.Password(path); err != nil {
		return err.Error()
	}
	return ""
}

func speakerProblem(path string) string {
	if _, err := speaker.Find(path); err != nil {
		return err.Error()
	}
	return ""
}

func headerProblem(path string, password bool) string {
	var err error
	if password {
		_, err = keyfile.BasicAuth(path)
	} else {
		_, err = keyfile.Headers(path)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// inside asks about the network in another namespace. Without the right to go there nothing is asked.
func inside(name string) language.Env {
	env := Env()
	in := func(ask func() error) error {
		f, err := netspace.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return netspace.Do(f, ask)
	}
	if in(func() error { return nil }) != nil {
		env.Interface, env.Foreign, env.Interfaces, env.VRF, env.Resolves = nil, nil, nil, nil, nil
		return env
	}
	env.Interface = func(name string) bool {
		return in(func() error { _, err := net.InterfaceByName(name); return err }) == nil
	}
	env.Foreign = func(name string) (is bool) {
		_ = in(func() error { is = foreign(name); return nil })
		return is
	}
	env.Interfaces = func() (names []string) {
		_ = in(func() error { names = interfaces(); return nil }) // then nothing is proposed
		return names
	}
	env.VRF = func(name string) (is bool) {
		_ = in(func() error { is = isVRF(name); return nil })
		return is
	}
	// Its questions are asked by goroutines of their own, so each of their sockets is opened there.
	dial := func(ctx context.Context, network, address string) (c net.Conn, err error) {
		err = in(func() (err error) { c, err = new(net.Dialer).DialContext(ctx, network, address); return err })
		return c, err
	}
	resolver := &net.Resolver{PreferGo: true, Dial: dial}
	env.Resolves = func(name string) bool { return resolves(resolver, name) }
	return env
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
func resolves(by *net.Resolver, name string) bool {
	// A resolver that does not answer must not hold up whoever checks a file with it.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := by.LookupHost(ctx, name)
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

// foreign reports whether an interface is there that is neither a private macvlan nor an ipvlan.
func foreign(name string) bool {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return false
	}
	if m, is := l.(*netlink.Macvlan); is {
		return m.Mode != netlink.MACVLAN_MODE_PRIVATE
	}
	return l.Type() != "ipvlan"
}

func isVRF(name string) bool {
	l, err := netlink.LinkByName(name)
	return err == nil && l.Type() == "vrf"
}
