package sysbus

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
)

// shown are signals as lines: the path below the daemon's, the member and what it says.
func shown(all []signal) (lines []string) {
	for _, s := range all {
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(string(s.path), root)+" "+s.member+" "+strings.Trim(fmt.Sprint(s.body), "[]")))
	}
	return lines
}

func cfg(instances ...config.Instance) *config.Config {
	return &config.Config{Global: config.Global{DBus: config.DBus{Enabled: true}}, Instances: instances}
}

func vi(name, link string, vrid uint8) config.Instance {
	return config.Instance{Name: name, Interface: link, VRID: vrid}
}

// What is told on the bus, in the order in which keepalived 2.2.7 tells it.
func TestSignals(t *testing.T) {
	f := face{base: root}
	at := time.Unix(1000, 0)
	six := vi("c", "v0.7", 12)
	six.IPv6 = true
	for _, step := range []struct {
		name string
		do   func() []signal
		want []string
	}{
		{"a configuration", func() []signal { return f.configure(cfg(vi("a", "v0.7", 10), vi("b", "v-1", 11), six)) },
			[]string{"/Vrrp VrrpReloaded"}},
		{"the first states", func() []signal {
			return slices.Concat(f.tell("a", backup, at), f.tell("b", fault, at), f.tell("c", backup, at))
		}, []string{"/Instance/v0_7/10/IPv4 VrrpStatusChange 1", "/Instance/v_1/11/IPv4 VrrpStatusChange 3", "/Instance/v0_7/12/IPv6 VrrpStatusChange 1"}},
		{"it runs", f.started, []string{"/Vrrp VrrpStarted", "/Instance/v0_7/10/IPv4 VrrpStatusChange 1",
			"/Instance/v_1/11/IPv4 VrrpStatusChange 3", "/Instance/v0_7/12/IPv6 VrrpStatusChange 1"}},
		{"a master", func() []signal { return f.tell("a", master, at.Add(1)) }, []string{"/Instance/v0_7/10/IPv4 VrrpStatusChange 2"}},
		{"the same once more", func() []signal { return f.tell("a", master, at.Add(2)) }, nil},
		{"word of before", func() []signal { return f.tell("a", backup, at.Add(1)) }, nil},
		{"somebody unknown", func() []signal { return f.tell("x", backup, at.Add(9)) }, nil},
		{"one is renamed, one goes, one comes", func() []signal {
			return f.configure(cfg(vi("a2", "v0.7", 10), six, vi("d", "v-1", 13)))
		}, []string{"/Instance/v_1/11/IPv4 VrrpStatusChange 3", "/Vrrp VrrpReloaded"}},
		{"by its new name", func() []signal { return slices.Concat(f.tell("a", backup, at.Add(9)), f.tell("a2", fault, at.Add(9))) },
			[]string{"/Instance/v0_7/10/IPv4 VrrpStatusChange 3"}},
		{"who came", func() []signal { return f.tell("d", backup, at.Add(9)) }, []string{"/Instance/v_1/13/IPv4 VrrpStatusChange 1"}},
		{"the end", f.ended, []string{"/Instance/v0_7/10/IPv4 VrrpStatusChange 98", "/Instance/v0_7/12/IPv6 VrrpStatusChange 98",
			"/Instance/v_1/13/IPv4 VrrpStatusChange 98", "/Vrrp VrrpStopped"}},
		{"forgotten", func() []signal { f.forget(); return f.states() }, []string{"/Instance/v0_7/10/IPv4 VrrpStatusChange 0",
			"/Instance/v0_7/12/IPv6 VrrpStatusChange 0", "/Instance/v_1/13/IPv4 VrrpStatusChange 0"}},
	} {
		if got := shown(step.do()); !slices.Equal(got, step.want) {
			t.Errorf("%s: told\n%s\nwant\n%s", step.name, strings.Join(got, "\n"), strings.Join(step.want, "\n"))
		}
	}
}

// Every path is one that the bus takes, whatever names there are.
func TestPaths(t *testing.T) {
	for _, c := range []struct {
		place        config.Place
		link, noLink string
		want         string
	}{
		{config.Place{}, "eth0", "", "/org/keepalived/Vrrp1/Instance/eth0/7/IPv4"},
		{config.Place{Instance: "foo"}, "eth0.10", "", "/org/keepalived/Vrrp1/foo/Instance/eth0_10/7/IPv4"},
		{config.Place{NetNamespace: "q-1", Instance: "f-2"}, "é", "", "/org/keepalived/Vrrp1/q_1/f_2/Instance/_/7/IPv4"},
		{config.Place{}, "", "", "/org/keepalived/Vrrp1/Instance/none/7/IPv4"},
		{config.Place{}, "", "no-link", "/org/keepalived/Vrrp1/Instance/no_link/7/IPv4"},
	} {
		f := face{base: baseOf(c.place)}
		i := vi("x", c.link, 7)
		got := f.pathOf(&i, &config.Global{DBus: config.DBus{NoInterface: c.noLink}})
		if string(got) != c.want || !got.IsValid() {
			t.Errorf("%+v %q: %s, want %s", c.place, c.link, got, c.want)
		}
	}
	f := face{base: root}
	if f.configure(cfg(vi("first", "eth-0", 1), vi("second", "eth.0", 1))); len(f.routers) != 1 || f.routers[0].name != "first" {
		t.Errorf("two with one path are %v", f.routers)
	}
	for word, want := range map[string]string{"MASTER": "Master", "BACKUP": "Backup", "FAULT": "Fault", "INIT": "Init"} {
		if s, is := statusOf(word); !is || s.String() != want {
			t.Errorf("%s is %v", word, s)
		}
	}
	if _, is := statusOf("stopped"); is || status(7).String() != "Unknown" {
		t.Error("a state that there is not")
	}
}
