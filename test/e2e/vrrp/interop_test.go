//go:build e2e

package vrrp

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// This file is what "make interop" plays beside the tests that "make test" has: more rows of docs/interop.md.

// every is the setup with another interval.
func (s setup) every(interval time.Duration) setup {
	s.interval = interval
	return s
}

// with is the setup with more lines in both instances.
func (s setup) with(lines string) setup {
	s.extra = [2]string{lines, lines}
	return s
}

// on is the setup with its addresses on another interface.
func (s setup) on(dev string) setup {
	s.dev = dev
	return s
}

// TestInteropLife takes a pair through the same life in more ways to speak.
func TestInteropLife(t *testing.T) {
	t.Parallel()
	bare, unicast, ah := v2(), v3(), v2()
	bare.pass, bare.unicast, unicast.unicast = false, true, true
	ah.pass, ah.ah = false, true
	ahUnicast := ah
	ahUnicast.unicast = true
	for _, s := range []setup{
		v3().every(time.Second).in("version 3, multicast, 1 s"),
		v3().every(100 * time.Millisecond).in("version 3, multicast, 0.1 s"),
		v3().every(10 * time.Millisecond).in("version 3, multicast, 0.01 s"),
		bare.in("version 2, unicast"),
		ah.in("version 2, `auth_type AH`"),
		ahUnicast.in("version 2, `auth_type AH`, unicast"),
		ah.with("    use_vmac").on("vrrp.51").in("`use_vmac`, `auth_type AH`"),
		v3().with("    use_vmac").on("vrrp.51").in("`use_vmac`"),
		v3().over6().with("    use_vmac").on("vrrp.51").in("`use_vmac` over IPv6"),
		unicast.with("    old_unicast_checksum").in("`old_unicast_checksum`"),
	} {
		t.Run(strings.ReplaceAll(s.row, "`", ""), func(t *testing.T) {
			t.Parallel()
			eachPairing(t, s, life)
		})
	}
}

const hmac = "    auth_hmac {\n        key 1 0123456789abcdef0123456789abcdef\n        active_key 1\n    }"

// Words that a 2.2.7 does not know.
func TestInteropLater(t *testing.T) {
	t.Parallel()
	d := pairings()[len(pairings())-1]
	for _, s := range []setup{
		v3().with("    v3_checksum_as_v2").in("`v3_checksum_as_v2`"),
		v3().with(hmac).in("`auth_hmac`"),
		v3().over6().with(hmac).in("`auth_hmac` over IPv6"),
	} {
		t.Run(strings.ReplaceAll(s.row, "`", ""), func(t *testing.T) {
			t.Parallel()
			eachOf(t, [][2]string{d}, func(t *lab.Trial, programs [2]string) { life(newPair(t, s, programs)) })
		})
	}
}

// While keys are rolled out, whoever has them and does not sign yet speaks with whoever knows nothing of them.
func TestInteropRollout(t *testing.T) {
	t.Parallel()
	s := v3().in("`auth_hmac` with `mode receive-only`, here only")
	s.ours = strings.Replace(hmac, "active_key 1", "active_key 1\n        mode receive-only", 1)
	eachPairing(t, s, life)
}

// An owner is master at once, and takes the address back from whoever has it.
func TestInteropOwner(t *testing.T) {
	t.Parallel()
	s := v3().in("an owner, priority 255")
	s.priority[0] = 255
	eachPairing(t, s, func(p *pair) {
		p.must(p.d[0].Edit("state BACKUP", "state MASTER"))
		at := p.start(1)
		p.becomesMaster(1, at, 5*time.Second)
		at = p.start(0)
		p.becomesMaster(0, at, 5*time.Second)
		p.only(0)
		p.must(lab.Eventually(5*time.Second, "the first advertisement", func() (bool, string) {
			return len(p.capture.Adverts(at, lab.From(p.addr[0]))) > 0, ""
		}))
		first := p.capture.Adverts(at, lab.From(p.addr[0]))[0]
		if first.Priority != 255 {
			p.Errorf("%v", first)
		}
		if others := p.capture.Adverts(first.At.Add(p.interval), lab.From(p.addr[1])); len(others) > 0 {
			p.Errorf("the other went on: %v", others)
		}
		p.cell("at once master, the other yields")
	})
}

// What is sent to the address of a master that does not accept is dropped, and what is sent to others is not.
func TestInteropNoAccept(t *testing.T) {
	t.Parallel()
	eachPairing(t, v3().with("    no_accept").in("`no_accept`"), func(p *pair) {
		p.startBoth()
		answers := func(addr netip.Addr) bool { return p.stranger.Ping(addr, time.Second) == nil }
		for i := range 2 {
			if answers(p.vip()) {
				p.Errorf("the address on %s answers", p.d[i].Name)
			}
			if !answers(p.addr[i]) {
				p.Errorf("%s does not answer at its own address", p.d[i].Name)
			}
			if i == 0 {
				told := p.terminate(0)
				p.becomesMaster(1, told, 3*time.Second)
				p.ended(0, told)
			}
		}
		p.cell("the address is there and does not answer, on either")
	})
}

// What a master has besides its advertised addresses moves with it.
func TestInteropExcludedAndRoutes(t *testing.T) {
	t.Parallel()
	const more = "    virtual_ipaddress_excluded {\n        192.168.1.140/24\n        2001:db8::140/64\n    }\n" +
		"    virtual_routes {\n        10.99.0.0/16 via 192.168.1.66 dev eth0\n    }\n"
	eachPairing(t, v3().with(more).in("excluded addresses and routes"), func(p *pair) {
		p.startBoth()
		p.has(0)
		told := p.terminate(0)
		p.becomesMaster(1, told, 3*time.Second)
		p.ended(0, told)
		p.has(1)
		p.cell("two excluded addresses and a route move along, and none is left behind")
	})
}

// has waits until director i has what the other one lacks: the excluded addresses and the route.
func (p *pair) has(i int) {
	p.Helper()
	p.must(lab.Eventually(5*time.Second, fmt.Sprintf("all that a master has on %s alone", p.d[i].Name), func() (bool, string) {
		var state [2]string
		for n := range p.d {
			addrs, err := p.d[n].Run("ip", "-br", "addr", "show", "dev", "eth0")
			p.must(err)
			routes, err := p.d[n].Run("ip", "route", "show", "10.99.0.0/16")
			p.must(err)
			for _, what := range []string{"192.168.1.140/24", "2001:db8::140/64", "10.99.0.0/16"} {
				if strings.Contains(addrs+routes, what) {
					state[n] += what + " "
				}
			}
		}
		return strings.Count(state[i], " ") == 3 && state[1-i] == "", fmt.Sprintf("%q", state)
	}))
}
