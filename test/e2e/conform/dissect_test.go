//go:build e2e

package conform

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/conformance"
	"holdfast/test/lab"
)

// A form is one way to speak, and the filter of tshark by which its packets are known; %[1] is the VRID.
type form struct {
	name   string
	lines  string // of an instance
	filter string
	times  int // at least so often
}

func forms() []form {
	const (
		four    = "    virtual_ipaddress {\n        192.168.1.%[1]d/24\n    }\n"
		six     = "    virtual_ipaddress {\n        fe80::%[1]d/64\n        2001:db8::%[1]d/64\n    }\n"
		pass    = "    authentication {\n        auth_type PASS\n        auth_pass sesame\n    }\n"
		ah      = "    authentication {\n        auth_type AH\n        auth_pass sesame\n    }\n"
		signed  = "    auth_hmac {\n        key 1 0123456789abcdef0123456789abcdef\n        active_key 1\n    }\n"
		peer    = "    unicast_peer {\n        192.168.1.66\n    }\n"
		peer6   = "    unicast_src_ip fe80::151\n    unicast_peer {\n        fe80::66\n    }\n"
		v2      = "    version 2\n    advert_int 1\n"
		v3      = "    version 3\n    advert_int 0.1\n"
		more    = "    virtual_ipaddress_excluded {\n        192.168.1.250/24\n        2001:db8::250/64\n    }\n"
		routers = "vrrp && vrrp.virt_rtr_id == %[1]d && "
	)
	return []form{
		{"version 2", v2 + four, routers + "vrrp.version == 2 && ip.dst == 224.0.0.18", 2},
		{"version 2, PASS", v2 + pass + four, routers + "vrrp.version == 2 && vrrp.auth_type == 1", 2},
		{"version 2, AH", v2 + ah + four, "ah && " + routers + "vrrp.auth_type == 2", 2},
		{"version 2, AH, unicast", v2 + ah + peer + four, "ah && " + routers + "vrrp.auth_type == 2 && ip.dst == 192.168.1.66", 2},
		{"version 2, unicast", v2 + peer + four, routers + "vrrp.version == 2 && ip.dst == 192.168.1.66", 2},
		{"version 2, unicast, PASS", v2 + pass + peer + four, routers + "vrrp.auth_type == 1 && ip.dst == 192.168.1.66", 2},
		{v2Over6, v2 + six, routers + "vrrp.version == 2 && ipv6.dst == ff02::12", 2},
		{"version 3", v3 + four + more, routers + "vrrp.version == 3 && ip.dst == 224.0.0.18", 10},
		{"version 3, unicast", v3 + peer + four, routers + "vrrp.version == 3 && ip.dst == 192.168.1.66", 10},
		{"version 3 over IPv6", v3 + six, routers + "vrrp.version == 3 && ipv6.dst == ff02::12", 10},
		{"version 3 over IPv6, unicast", v3 + peer6 + six, routers + "vrrp.version == 3 && ipv6.dst == fe80::66", 10},
		{bare, v3 + "    v3_checksum_as_v2\n" + four, routers + "vrrp.version == 3", 10},
		{hmac, v3 + signed + four, routers + "vrrp.version == 3", 10},
		{"use_vmac", v3 + "    use_vmac\n" + four, routers + "eth.src == 00:00:5e:00:01:%02[1]x", 10},
		{"use_vmac over IPv6", v3 + "    use_vmac\n" + six, routers + "eth.src == 00:00:5e:00:02:%02[1]x", 10},
	}
}

// others are what a host with routers and sessions says beside adverts.
func others() []form {
	return []form{
		{name: "priority 0", filter: "vrrp.prio == 0", times: 15},
		{name: "gratuitous ARP", filter: "arp.isgratuitous", times: 10 * 5},
		{name: "neighbour advertisements", filter: "icmpv6.type == 136 && icmpv6.nd.na.flag.s == 0", times: 4 * 5},
		{name: "joining of groups, IPv4", filter: "igmp.maddr == 224.0.0.18 || igmp.num_grp_recs", times: 1},
		{name: "joining of groups, IPv6", filter: "icmpv6.type == 143", times: 1},
		{name: "BFD over IPv4", filter: "bfd && ip && udp.dstport == 3784", times: 2},
		{name: "BFD over IPv6", filter: "bfd && ipv6 && udp.dstport == 3784", times: 2},
		{name: "BFD over several hops", filter: "bfd && udp.dstport == 4784", times: 2},
	}
}

// vrid is that of the virtual router that speaks in this form; 0 for what is not one.
func (f form) vrid() int {
	const first = 101
	if i := slices.IndexFunc(forms(), func(g form) bool { return g.name == f.name }); i >= 0 {
		return first + i
	}
	return 0
}

// spoken starts a program with all forms, waits until each has been heard, ends it, and returns the file that tshark
// reads.
func spoken(t *lab.Trial, program string) (pcap string) {
	t.Helper()
	lan, err := lab.NewLAN(t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, lan.Close()) })
	all, err := lan.CaptureAll()
	must(t, err)
	t.Cleanup(func() { all.Close() })
	host := func(name, n string) *lab.Host {
		h, err := lan.AddHost(name, netip.MustParsePrefix("192.168.1."+n+"/24"))
		must(t, err)
		for _, a := range []string{"fe80::" + n, "2001:db8::" + n} {
			_, err = h.Run("ip", "addr", "add", a+"/64", "dev", "eth0", "nodad")
			must(t, err)
		}
		return h
	}
	d := lab.NewDirector(host("d", "151"), program)
	x := host("x", "66") // whom unicast goes to
	must(t, x.AddAddr("eth0", netip.MustParsePrefix("192.168.1.67/24")))
	t.Witness(d.Logs)
	var text strings.Builder
	list := forms()
	if d.Kind() == "keepalived" {
		list = slices.DeleteFunc(list, func(f form) bool { return f.name == hmac })
	}
	for _, f := range list {
		fmt.Fprintf(&text, "vrrp_instance VI_%d {\n    interface eth0\n    virtual_router_id %[1]d\n    priority 200\n%s}\n",
			f.vrid(), fmt.Sprintf(f.lines, f.vrid()))
	}
	for name, lines := range map[string]string{
		"four": "neighbor_ip 192.168.1.66\n    source_ip 192.168.1.151", "six": "neighbor_ip 2001:db8::66\n    source_ip 2001:db8::151",
		"far": "neighbor_ip 192.168.1.67\n    source_ip 192.168.1.151\n    multihop on",
	} {
		if name == "far" && d.Kind() == "keepalived" {
			continue // it has no such sessions
		}
		fmt.Fprintf(&text, "bfd_instance %s {\n    %s\n}\n", name, lines)
	}
	must(t, d.Configure(text.String()))
	must(t, d.Start())
	heard := func() (bool, string) {
		counts := map[uint8]int{}
		for _, a := range all.Adverts(time.Time{}, nil) {
			counts[a.VRID]++
		}
		for _, f := range list {
			if n := counts[uint8(f.vrid())]; n < f.times {
				return false, fmt.Sprintf("%s: %d adverts\n%s", f.name, n, d.Proc.Log())
			}
		}
		return true, ""
	}
	must(t, lab.Eventually(20*time.Second, "adverts of each form", heard))
	told := time.Now()
	must(t, d.Proc.Signal(syscall.SIGTERM))
	_, _, err = d.Proc.Wait(told, soon)
	must(t, err)
	pcap = filepath.Join(t.TempDir(), "all.pcap")
	f, err := os.Create(pcap)
	must(t, err)
	must(t, all.WritePcap(f))
	must(t, f.Close())
	return pcap
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tshark reads the file with every check of a sum that it has, but that of UDP, which the kernel leaves to the hardware.
func tshark(t testing.TB, pcap string, args ...string) string {
	t.Helper()
	cmd := exec.Command("tshark", append([]string{"-r", pcap, "-n", "-o", "ip.check_checksum:TRUE"}, args...)...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark %q: %v: %s", args, err, said.String())
	}
	return string(out)
}

// counts is how many packets each filter takes.
func counts(t testing.TB, pcap string, filters []string) []int {
	t.Helper()
	// One line of the table it prints, "| 0.0 <> 4.2 | frames | bytes | frames | bytes |", has two columns for each.
	table := tshark(t, pcap, "-q", "-z", "io,stat,0,"+strings.Join(filters, ","))
	for line := range strings.Lines(table) {
		if !strings.Contains(line, "<>") || strings.Contains(line, "Interval") {
			continue
		}
		var list []int
		for i, text := range strings.Split(line, "|") {
			if i < 2 || i%2 != 0 || len(list) == len(filters) {
				continue
			}
			n, err := strconv.Atoi(strings.TrimSpace(text))
			must(t, err)
			list = append(list, n)
		}
		if len(list) == len(filters) {
			return list
		}
	}
	t.Fatalf("no counts of %d filters in\n%s", len(filters), table)
	return nil
}

// complaints are what tshark objects to, each once with the VRID: malformed packets, warnings and errors of its experts,
// sums that are wrong.
func complaints(t testing.TB, pcap string) []string {
	t.Helper()
	const (
		warning = "6291456"
		any     = "_ws.malformed || _ws.expert.severity >= " + warning + " || vrrp.checksum.status == 0 || " +
			"ip.checksum.status == 0 || icmpv6.checksum.status == 0 || igmp.checksum.status == 0"
	)
	out := tshark(t, pcap, "-Y", any, "-T", "fields", "-e", "vrrp.virt_rtr_id", "-e", "_ws.col.Protocol", "-e", "_ws.expert.message")
	list := strings.Split(strings.TrimSpace(out), "\n")
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(l string) bool { return l == "" })
}

// The forms whose sum tshark does not know. No RFC has version 2 over IPv6; we and 2.2.7 have the pseudo-header in it.
// RFC 9568 leaves the pseudo-header out over IPv4, which 2.2.7 has no word for; tshark 4.0 has the sum of RFC 5798. A
// signature stands behind the message and is not summed up; tshark takes it for a part of it.
const (
	v2Over6 = "version 2 over IPv6"
	bare    = "v3_checksum_as_v2"
	hmac    = "auth_hmac" // which 2.2.7 does not know, nor where its block ends
)

// tshark takes all that we say for what it is, and objects to nothing but what it objects to in the packets of 2.2.7 too.
func TestTsharkUnderstandsUs(t *testing.T) {
	conformance.Shows(t, "R9", "R10", "R63")
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		pcap := spoken(t, lab.Program())
		list := append(forms(), others()...)
		var filters []string
		for _, f := range list {
			vrid := f.vrid()
			filters = append(filters, strings.NewReplacer("%[1]d", fmt.Sprint(vrid), "%02[1]x", fmt.Sprintf("%02x", vrid)).Replace(f.filter))
		}
		for i, n := range counts(t, pcap, filters) {
			if n < list[i].times {
				t.Errorf("%s: %d packets, want %d (%s)", list[i].name, n, list[i].times, filters[i])
			}
		}
		theirs := complaints(t, spoken(t, "keepalived"))
		for _, c := range complaints(t, pcap) {
			var name string
			for _, f := range forms() {
				if vrid, _, _ := strings.Cut(c, "\t"); vrid == fmt.Sprint(f.vrid()) {
					name = f.name
				}
			}
			if name != bare && name != hmac && (name != v2Over6 || !slices.Contains(theirs, c)) || !strings.Contains(c, "Bad checksum") {
				t.Errorf("%s: %s; of 2.2.7 it says %q", name, c, theirs)
			}
		}
	})
}

// A packet that is damaged is complained of: otherwise the test above would show nothing.
func TestTsharkComplains(t *testing.T) {
	t.Parallel()
	pcap := filepath.Join(t.TempDir(), "bad.pcap")
	frame := []byte{1, 0, 0x5e, 0, 0, 18, 2, 0, 0, 0, 0, 1, 8, 0,
		0x45, 0xc0, 0, 32, 0, 0, 0, 0, 255, 112, 0x19, 0x2d, 192, 168, 1, 66, 224, 0, 0, 18,
		0x31, 51, 1, 1, 0, 10, 0xde, 0xad, 192, 168, 1, 150}
	head := []byte{0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 1}
	n := byte(len(frame))
	record := append([]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, n, 0, 0, 0, n}, frame...)
	must(t, os.WriteFile(pcap, append(head, record...), 0o644))
	if got := strings.Join(complaints(t, pcap), "\n"); !strings.Contains(got, "51\tVRRP\tBad checksum") {
		t.Errorf("%q", got)
	}
}
