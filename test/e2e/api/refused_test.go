//go:build e2e

package api

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// metrics are those that a director tells on its socket.
func (p *pair) metrics(d *lab.Director) string {
	c, err := net.Dial("unix", socketOf(d))
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.WriteString(c, "GET /metrics HTTP/1.0\r\n\r\n")
	text, _ := io.ReadAll(c)
	return string(text)
}

// Metrics tell whose packets are refused and why, and why a director is master.
func TestMetricsTellWhoIsRefused(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		master := p.d[0]
		p.says(master, 0, "MASTER", "status")
		p.says(p.d[1], 0, "192.168.1.151 is master", "status")
		from := netip.MustParseAddr("192.168.1.77")
		h, err := p.lan.AddHost("forger", netip.PrefixFrom(from, 24))
		p.must(err)
		group := netip.MustParseAddr("224.0.0.18")
		packet := []byte{0x45, 0xc0, 0, 32, 0, 1, 0, 0, 1 /* TTL */, 112, 0, 0}
		packet = append(append(packet, from.AsSlice()...), group.AsSlice()...)
		packet = append(packet, 0x31, 51, 10, 1, 0, 20, 0, 0, 192, 168, 1, 150)
		const sent = 3
		for range sent {
			p.must(h.SendIP(group, packet))
		}
		labels := `{iname="VI_1",intf="eth0",vrid="51",`
		for _, d := range p.d {
			p.must(lab.Eventually(soon, "the forger in the metrics of "+d.Name, func() (bool, string) {
				text := p.metrics(d)
				return strings.Contains(text, fmt.Sprintf(
					"keepalived_vrrp_refused_packets_from_total%speer=%q,reason=\"ttl\"} %d\n", labels, from, sent)), text
			}))
		}
		if text := p.metrics(master); !strings.Contains(text,
			"keepalived_vrrp_transition_reasons_total"+labels+`reason="no_master"} 1`+"\n") {
			p.Error(text)
		}
	})
}
