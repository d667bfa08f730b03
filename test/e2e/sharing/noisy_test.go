//go:build e2e

package sharing

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"holdfast/test/lab"
)

// TestANoisyNetwork has checks, connections and the sharing of connections go through cables that lose, delay, reorder and
// double packets, by holdfast and by keepalived.
//
// A check needs a handshake, whose first packet TCP sends again after 1 s: with 5 % lost on each of two cables an attempt of
// 3 s fails one time in a hundred, and with "retry 3" a server is taken for down when four in a row have failed.
//
// What one director tells the other of connections has no answer and is not sent again: what is lost is told anew with a
// later packet of the same connection (each fiftieth at least). So a connection that has sent none since is lost with its
// director, and no other.
func TestANoisyNetwork(t *testing.T) {
	inGuest(t, func() {
		for _, program := range []string{lab.Program(), keepalived} {
			t.Run(program[strings.LastIndex(program, "/")+1:], func(t *testing.T) {
				t.Parallel()
				lab.Judge(t, func(t *lab.Trial) { noisyNetwork(t, program) })
			})
		}
	})
}

func noisyNetwork(t *lab.Trial, program string) {
	s := newStation(t, [2]string{program, program}, routed())
	for i, priority := range []int{150, 100} {
		s.configure(i, priority, s.place.sync)
		s.must(s.directors[i].Edit("advert_int 0.5", "advert_int 1", "real_server 192.168.1.20 80 {\n",
			"delay_loop 1\n  retry 3\n  delay_before_retry 1\n  real_server 192.168.1.20 80 {\n    TCP_CHECK {\n"+
				"      connect_timeout 3\n    }\n"))
		s.start(i)
	}
	s.isMaster(0)
	s.runs(0, "master")
	s.runs(1, "backup")
	marks := [2]int{s.directors[0].Proc.LogSize(), s.directors[1].Proc.LogSize()}
	table := s.tables()
	hosts := []*lab.Host{s.server, s.directors[0].Host, s.directors[1].Host}
	for _, h := range hosts {
		s.tc(h, "qdisc replace dev eth0 root netem loss 5% delay 30ms 20ms reorder 25% duplicate 10%")
	}
	before := s.received()
	downloads := make([]*download, 8)
	for i := range downloads {
		downloads[i] = s.download()
	}
	for _, d := range downloads {
		d.comes(enough / 4)
	}
	s.must(lab.Eventually(soon, "20 checks by each director", func() (bool, string) {
		n := s.received() - before
		return n >= 40+len(downloads), fmt.Sprint(n, " handshakes")
	}))
	for i, d := range s.directors {
		if log := d.Proc.LogSince(marks[i]); strings.Contains(log, "Removing service") || strings.Contains(log, " STATE") {
			s.Errorf("%s: 5 %% of the packets are lost, which retries cover:\n%s", d.Name, log)
		}
	}
	if now := s.tables(); now != table {
		s.Errorf("the tables were\n%s\nand are\n%s", table, now)
	}
	// The sharing of connections has no answers: a copy that is lost is sent again with a later packet of the connection.
	known := 0
	for _, d := range downloads {
		if has, _ := s.hasCopy(1, d); has {
			known++
		}
	}
	s.silence("40%")
	late := s.download()
	late.comes(enough)
	s.knows(1, late)
	s.Logf("%d of %d connections were copied when 5 %% were lost, and one more when 40 %% of the copies were", known,
		len(downloads))
	for _, h := range hosts {
		s.tc(h, "qdisc del dev eth0 root")
	}
	for _, d := range downloads {
		s.knows(1, d)
	}
	s.kill(0)
	s.isMaster(1)
	for _, d := range append(downloads, late) {
		d.comes(enough / 4)
	}
	s.carries(1)
}

func (s *station) tc(h *lab.Host, words string) {
	s.Helper()
	if out, err := h.Run("tc", strings.Fields(words)...); err != nil {
		s.Fatalf("tc %s: %v\n%s", words, err, out)
	}
}

// silence loses so much of what the first director tells of its connections, and nothing else.
func (s *station) silence(share string) {
	s.Helper()
	d := s.directors[0].Host
	for _, words := range []string{
		"qdisc replace dev eth0 root handle 1: prio", "qdisc add dev eth0 parent 1:3 netem loss " + share,
		"filter add dev eth0 parent 1: protocol ip u32 match ip dst 224.0.0.81/32 flowid 1:3",
	} {
		s.tc(d, words)
	}
}

// tables are those of both directors.
func (s *station) tables() (all string) {
	s.Helper()
	for _, d := range s.directors {
		out, err := d.IPVSSave()
		s.must(err)
		all += out
	}
	return all
}

// received is how many connections the server has taken so far, checks among them.
func (s *station) received() (n int) {
	s.Helper()
	text, err := s.server.Run("cat", "/proc/net/snmp")
	s.must(err)
	lines := strings.Split(text, "\n")
	for i, line := range lines[1:] {
		if names, values := strings.Fields(lines[i]), strings.Fields(line); len(values) > 6 && values[0] == "Tcp:" &&
			names[6] == "PassiveOpens" {
			n, err = strconv.Atoi(values[6])
			s.must(err)
		}
	}
	return n
}
