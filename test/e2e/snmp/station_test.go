//go:build e2e

// Package snmp asks an SNMP agent, as monitoring does, what it knows of keepalived and of us with the same
// configuration: the same objects with the same types and values, and the same notifications.
package snmp

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) {
	if lab.InGuest() {
		os.Exit(m.Run())
	}
	os.Exit(lab.Isolate(m.Run))
}

// soon bounds every wait.
const soon = 40 * time.Second

// A station is a director with an SNMP agent beside it, and a neighbour that may be master.
type station struct {
	*lab.Trial
	lan      *lab.LAN
	d        *lab.Director
	peer     *lab.Director
	agent    *lab.Process
	agentRun int
	sockets  string // where they are
	traps    *lab.Process
}

// newStation makes the host of a station. What can be seen of it, as hardware addresses and indexes of interfaces, is
// the same on each.
func newStation(t *lab.Trial, program string) *station {
	s := &station{Trial: t}
	var err error
	s.lan, err = lab.NewLAN(filepath.Join(t.TempDir(), filepath.Base(program)))
	s.must(err)
	t.Cleanup(func() { s.must(s.lan.Close()) })
	host, err := s.lan.AddHost("d", netip.MustParsePrefix("192.168.1.151/24"))
	s.must(err)
	for _, line := range []string{"link set eth0 down", "link set eth0 address 02:00:00:00:00:51", "link set eth0 up"} {
		_, err := host.Run("ip", strings.Fields(line)...)
		s.must(err)
	}
	s.must(host.AddLink("in1", net.HardwareAddr{2, 0, 0, 0, 0, 0x61}, net.HardwareAddr{2, 0, 0, 0, 0, 0x62}))
	s.must(host.AddAddr("in1", netip.MustParsePrefix("10.0.0.1/24")))
	neighbour, err := s.lan.AddHost("p", netip.MustParsePrefix("192.168.1.152/24"))
	s.must(err)
	s.d, s.peer = lab.NewDirector(host, program), lab.NewDirector(neighbour, "keepalived")
	if s.sockets = s.d.Dir; lab.InGuest() {
		s.sockets, err = os.MkdirTemp("/run", "agent")
		s.must(err)
		s.must(os.Chmod(s.sockets, 0o755))
	}
	s.startAgent()
	s.listen()
	t.Witness(s.d.Logs)
	return s
}

func (s *station) must(err error) {
	if err != nil {
		s.Fatal(err)
	}
}

// socket is that of the master agent. A guest has the files of its host, where sockets cannot be, and memory.
func (s *station) socket() string {
	return filepath.Join(s.sockets, "agentx")
}

// quiet are the variables that keep the programs of net-snmp from files of the machine.
func (s *station) quiet() []string {
	return []string{"SNMP_PERSISTENT_DIR=" + s.d.Dir, "SNMPCONFPATH=" + s.d.Dir, "MIBS=", "MIBDIRS=/nonexistent"}
}

// startAgent starts the SNMP agent.
func (s *station) startAgent() {
	conf, err := s.d.WriteFile("agent.conf", "rocommunity public\nrwcommunity private\nmaster agentx\nagentXSocket "+
		s.socket()+"\nagentAddress udp:127.0.0.1:161\ntrap2sink 127.0.0.1 public\n")
	s.must(err)
	s.agentRun++
	s.agent, err = s.d.Host.Start(fmt.Sprintf("snmpd-%d", s.agentRun), "env", append(s.quiet(), "snmpd", "-f", "-Lo", "-C",
		"-c", conf, "-p", filepath.Join(s.d.Dir, "snmpd.pid"))...)
	s.must(err)
	s.must(lab.Eventually(soon, "an SNMP agent", func() (bool, string) {
		out, err := s.get(".1.3.6.1.2.1.1.3.0")
		return err == nil, out
	}))
}

// listen starts what takes notifications.
func (s *station) listen() {
	conf, err := s.d.WriteFile("traps.conf", "disableAuthorization yes\n")
	s.must(err)
	s.traps, err = s.d.Host.Start("traps", "env", append(s.quiet(), "snmptrapd", "-f", "-On", "-Oe", "-Lo", "-C", "-c", conf,
		"-p", filepath.Join(s.d.Dir, "traps.pid"), "udp:127.0.0.1:162")...)
	s.must(err)
	_, err = s.d.WriteFile("nothing", "")
	s.must(err)
}

// ask runs a program of net-snmp on the host, with arguments behind those that all have.
func (s *station) ask(program, community string, args ...string) (string, error) {
	words := append(s.quiet(), program, "-v2c", "-c", community, "-On", "-Oe", "-Ob", "-t", "5", "-r", "1", "127.0.0.1")
	out, err := s.d.Command("env", append(words, args...)...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (s *station) get(oid string) (string, error) { return s.ask("snmpget", "public", oid) }

// start gives the director a configuration and starts it.
func (s *station) start(text string) {
	s.must(s.d.Configure(strings.ReplaceAll(text, "AGENTX", "unix:"+s.socket())))
	s.must(s.d.Start())
}

// reload gives the director another configuration.
func (s *station) reload(text string) {
	s.must(s.d.Configure(strings.ReplaceAll(text, "AGENTX", "unix:"+s.socket())))
	s.must(s.d.Reload())
}

// stop ends the director and waits until it is gone.
func (s *station) stop() {
	at := time.Now()
	s.must(s.d.Proc.Signal(syscall.SIGTERM))
	_, _, err := s.d.Proc.Wait(at, soon)
	s.must(err)
}

// startPeer starts the neighbour, with a configuration of its own.
func (s *station) startPeer(text string) {
	s.must(s.peer.Configure(text))
	s.must(s.peer.Start())
}

// roots are the MIBs that are walked.
func roots() []string {
	return []string{".1.3.6.1.4.1.9586.100.5", ".1.3.6.1.2.1.68", ".1.3.6.1.2.1.207"}
}

// walk is all there is to see, a line for each object, by what is left when exceptions are taken out.
func (s *station) walk() []string {
	var all []string
	for _, root := range roots() {
		out, err := s.ask("snmpwalk", "public", root)
		if err != nil {
			return append(all, out)
		}
		all = append(all, strings.Split(out, "\n")...)
	}
	return all
}
