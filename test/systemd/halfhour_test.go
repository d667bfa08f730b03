//go:build ipvs

package systemd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"holdfast/test/lab"
)

// What a new user writes first, with three mistakes in it, and what he makes of it. The peer has the same, and more priority.
const (
	firstTry = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priorty 150
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass secret
    virtual_ipaddress {
        192.0.2.9/33
    }
}
`
	peerConf = "/root/peer.conf"
)

// corrections are what holdfast check leads to, one after the other.
func corrections() [][2]string {
	return [][2]string{{"priorty", "priority"}, {"auth_pass secret\n", "auth_pass secret\n    }\n"}, {"/33", "/24"}}
}

// corrected is the file after the first n corrections.
func corrected(n int) string {
	text := firstTry
	for _, c := range corrections()[:n] {
		text = strings.Replace(text, c[0], c[1], 1)
	}
	return text
}

// halfHourStory is what somebody does who has never seen the program: install, be told of mistakes, see who is master
// and why, lose the other director, look before a change, and get rid of it again.
func (m *machine) halfHourStory() {
	m.packaged()
	m.network()
	m.peerNetwork()
	m.trafficNetwork()
	before := m.files()
	m.acts([]act{
		{"install", func(m *machine) { m.must("dpkg", "-i", older) }},
		{"three mistakes", (*machine).mistakes},
		{"look ahead", (*machine).lookAhead},
		{"start beside a master", (*machine).startAsBackup},
		{"the master is gone", (*machine).takeOver},
		{"change something", (*machine).change},
		{"drain a server", (*machine).drain},
		{"what happened", (*machine).told},
		{"upgrade", (*machine).upgradeMaster},
		{"remove", (*machine).removeHalfHour},
	})
	for _, left := range difference(m.files(), before) {
		m.Errorf("left: %s", left)
	}
}

// peerNetwork is another host on the same switch.
func (m *machine) peerNetwork() {
	m.Helper()
	m.Cleanup(func() { _, _ = run("ip", "link", "del", "br0") })
	for _, line := range []string{
		"ip link add br0 type bridge mcast_snooping 0", "ip link set br0 up", "ip link set switch0 master br0",
		"ip netns add peer", "ip link add switch1 type veth peer name eth0 netns peer",
		"ip link set switch1 master br0", "ip link set switch1 up",
		"ip -n peer link set lo up", "ip -n peer link set eth0 up", "ip -n peer address add 192.0.2.2/24 dev eth0",
	} {
		m.must("sh", "-c", line)
	}
}

// mistakes: each is told with its place and what to do, and nothing else is.
func (m *machine) mistakes() {
	m.configure(corrected(0))
	told := []string{
		":4:5: error: Unknown keyword 'priorty' in vrrp_instance; did you mean 'priority'?",
		":9:5: the '}' is probably missing before 'virtual_ipaddress'",
		":10:9: error: Invalid address prefix len 33 for address 192.0.2.9/33",
	}
	for fixed := range told {
		m.configure(corrected(fixed))
		out, code := run("holdfast", "check")
		if code != 1 {
			m.Errorf("status %d with %d mistakes left\n%s", code, len(told)-fixed, out)
		}
		if want := conf + told[fixed]; fixed == 0 && !strings.Contains(out, want) {
			m.Errorf("no %q in\n%s", want, out)
		}
		for _, later := range told[fixed:] {
			_, words, _ := strings.Cut(later[1:], " ") // its line moves with what is inserted before
			if !strings.Contains(out, words) {
				m.Errorf("no %q in\n%s", words, out)
			}
		}
		if out, code := run("holdfast", "-t"); code == 0 {
			m.Errorf("holdfast -t: status 0\n%s", out)
		}
	}
	m.configure(corrected(len(told)))
	for _, command := range [][]string{{"check"}, {"-t"}} {
		if out, code := run("holdfast", command...); code != 0 {
			m.Errorf("holdfast %s: status %d\n%s", command[0], code, out)
		}
	}
}

// lookAhead: what the two will do, before anything runs.
func (m *machine) lookAhead() {
	peer := strings.Replace(corrected(3), "priority 150", "priority 200", 1)
	if peer == corrected(3) {
		m.Fatal("no priority to change")
	}
	if err := os.WriteFile(peerConf, []byte(peer), 0o600); err != nil {
		m.Fatal(err)
	}
	if out, code := run("holdfast", "check", "--pair", conf, peerConf); code != 0 {
		m.Errorf("status %d\n%s", code, out)
	}
	out := m.must("holdfast", "rehearse", peerConf, conf) // the first one is killed
	for _, want := range []string{"VI_1   is MASTER, priority 200", "is killed", "VI_1   is MASTER, priority 150"} {
		if !strings.Contains(out, want) {
			m.Errorf("no %q in\n%s", want, out)
		}
	}
}

func (m *machine) startAsBackup() {
	m.must("systemd-run", "--unit=peer", "--quiet", "--property=RuntimeDirectory=peer", "ip", "netns", "exec", "peer",
		"holdfast", "-n", "-f", peerConf, "-p", "/run/peer/parent.pid", "-r", "/run/peer/vrrp.pid",
		"-c", "/run/peer/checkers.pid", "-b", "/run/peer/bfd.pid", "--api-socket=/run/peer/api.sock")
	m.eventually("a master", func() (bool, string) {
		_, err := m.capture.Wait(time.Now(), 3*time.Second, "its advertisement", func(a lab.Advert) bool { return a.Priority == 200 })
		return err == nil, "no advertisement"
	})
	m.must("systemctl", "enable", "--now", "holdfast.service")
	m.says("BACKUP", "holdfast", "status")
	m.says("BACKUP", "holdfast", "why", "VI_1")
	m.says("192.0.2.2", "holdfast", "why", "VI_1")
	if hasVIP() {
		m.Error("the address is here, too")
	}
}

// says waits until a command prints something: the daemon is asked again until it has heard of the other one.
func (m *machine) says(word string, command ...string) {
	m.Helper()
	m.eventually(strings.Join(command, " ")+": "+word, func() (bool, string) {
		out, code := run(command[0], command[1:]...)
		return code == 0 && strings.Contains(out, word), out
	})
}

// takeOver: the other director goes like one whose power fails.
func (m *machine) takeOver() {
	m.must("systemctl", "kill", "--signal=KILL", "peer.service")
	m.eventually("the address", func() (bool, string) { return hasVIP(), "" })
	m.says("MASTER", "holdfast", "status")
	m.says("MASTER", "holdfast", "why", "VI_1")
	m.must("holdfast", "ready")
	m.must("ip", "netns", "del", "peer") // with what the peer has left in it
}

// change: what a reload would do is told before, and then it is done.
func (m *machine) change() {
	m.configure(strings.Replace(corrected(3), "priority 150", "priority 120", 1))
	if out, code := run("holdfast", "plan", "--running", "--exit-code"); code != 2 || !strings.Contains(out, "priority") {
		m.Errorf("holdfast plan: status %d\n%s", code, out)
	}
	before := time.Now()
	m.must("systemctl", "reload", "holdfast.service")
	if _, err := m.capture.Wait(before, 10*time.Second, "an advertisement with the new priority",
		func(a lab.Advert) bool { return a.Priority == 120 }); err != nil {
		m.Error(err)
	}
	m.must("holdfast", "plan", "--running", "--exit-code") // nothing any more
}

// upgradeMaster: the new program goes on where the old one was, and nobody notices, not even a connection.
func (m *machine) upgradeMaster() {
	var v visit
	m.eventually("a connection", func() (bool, string) {
		var err error
		v, err = newVisit()
		return err == nil, fmt.Sprint(err)
	})
	defer v.Close()
	m.upgradedInPlace(func() { m.must("dpkg", "-i", newer) })
	if err := v.lives(); err != nil {
		m.Errorf("the connection through it: %v", err)
	}
	m.says("MASTER", "holdfast", "status")
}

// told: the story of this half hour is there to be read, with its reasons.
func (m *machine) told() {
	out := m.must("holdfast", "events")
	for _, want := range []string{"VI_1", "MASTER", "192.0.2.20"} {
		if !strings.Contains(out, want) {
			m.Errorf("no %q in\n%s", want, out)
		}
	}
}

func (m *machine) removeHalfHour() {
	m.must("dpkg", "--purge", "holdfast")
	if hasVIP() {
		m.Error("the address is left")
	}
	m.must("rm", "-r", peerConf, filepath.Dir(conf)) // his own
	_, _ = run("systemctl", "reset-failed", "peer.service")
}
