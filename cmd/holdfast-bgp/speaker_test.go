package main

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"

	"holdfast/internal/speaker/talk"
)

func addr(text string) netip.Addr { return netip.MustParseAddr(text) }

func prefixes(all ...string) (list []netip.Prefix) {
	for _, text := range all {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// setup speaks with neighbours that nobody is.
func setup(neighbors ...string) talk.Setup {
	s := talk.Setup{LocalAS: 65001, RouterID: addr("10.0.0.1")}
	for _, n := range neighbors {
		a := addr(n)
		s.Neighbors = append(s.Neighbors, talk.Neighbor{Addr: a, RemoteAS: 65000, Port: 9, Hold: 9, Keepalive: 3,
			ConnectRetry: 2, IPv4: a.Is4(), IPv6: a.Is6()})
	}
	return s
}

// begun gives a speaker and what it says.
func begun(t *testing.T) (*speaker, chan talk.Word) {
	t.Helper()
	words := make(chan talk.Word, 1000)
	s := newSpeaker(func(w talk.Word) { words <- w })
	t.Cleanup(s.close)
	return s, words
}

// table is what the server has to announce: prefix, next hop, path, MED and communities.
func (s *speaker) table(t *testing.T) string {
	t.Helper()
	var all []string
	for _, family := range []bgp.Family{bgp.RF_IPv4_UC, bgp.RF_IPv6_UC} {
		err := s.server.ListPath(apiutil.ListPathRequest{TableType: api.TableType_TABLE_TYPE_GLOBAL, Family: family},
			func(prefix bgp.NLRI, paths []*apiutil.Path) {
				text := prefix.String()
				for _, p := range paths {
					for _, a := range p.Attrs {
						switch a := a.(type) {
						case *bgp.PathAttributeNextHop:
							text += " via " + a.Value.String()
						case *bgp.PathAttributeMpReachNLRI:
							text += " via " + a.Nexthop.String()
						case *bgp.PathAttributeAsPath, *bgp.PathAttributeMultiExitDisc, *bgp.PathAttributeCommunities:
							text += " " + a.String()
						}
					}
				}
				all = append(all, text)
			})
		if err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(all, "; ")
}

func TestOrders(t *testing.T) {
	s, words := begun(t)
	expect := func(serial uint64, sessions int, table string) {
		t.Helper()
		deadline := time.After(10 * time.Second)
		for {
			select {
			case w := <-words:
				if w.Done != serial {
					continue
				}
				if w.Problem != "" || len(w.Sessions) != sessions {
					t.Errorf("order %d: %+v", serial, w)
				}
			case <-deadline:
				t.Fatalf("order %d: no answer", serial)
			}
			break
		}
		if got := s.table(t); got != table {
			t.Errorf("order %d: %s\nwant %s", serial, got, table)
		}
	}
	o := talk.Order{Serial: 1, Setup: setup("127.0.0.9", "::2")}
	s.carryOut(o)
	expect(1, 2, "")
	o.Serial, o.Prefixes = 2, prefixes("192.0.2.1/32", "2001:db8::/48")
	s.carryOut(o)
	expect(2, 2, "192.0.2.1/32 via 0.0.0.0; 2001:db8::/48 via ::")
	med := uint32(5)
	o.Setup.MED, o.Setup.Prepend, o.Setup.Communities = &med, 2, []uint32{65001<<16 | 7}
	o.Setup.NextHops = []netip.Addr{addr("10.0.0.8")}
	o.Serial, o.Prefixes, o.Setup.Neighbors = 3, o.Prefixes[:1], o.Setup.Neighbors[1:]
	s.carryOut(o)
	expect(3, 1, "192.0.2.1/32 {AsPath: 65001 65001} {Med: 5} {Communities: 65001:7} via 10.0.0.8")
	o.Serial, o.Leaving = 4, true
	s.carryOut(o)
	expect(4, 1, "192.0.2.1/32 {AsPath: 65001 65001} {Med: 5} {Communities: 65001:7, planned-shut} via 10.0.0.8")
	o.Serial, o.Prefixes = 5, nil
	s.carryOut(o)
	expect(5, 1, "")
	// One that is changed is another session.
	o.Serial, o.Setup.Neighbors[0].Hold = 6, 30
	s.carryOut(o)
	expect(6, 1, "")
}

// A route of somebody else is not used, however good it is.
func TestRoutesOfOthers(t *testing.T) {
	s, _ := begun(t)
	s.carryOut(talk.Order{Serial: 1, Setup: setup("127.0.0.9"), Prefixes: prefixes("192.0.2.1/32")})
	for _, prefix := range prefixes("192.0.2.1/32", "198.51.100.0/24") {
		p, err := route{nextHop: addr("10.0.0.9")}.path(prefix)
		if err != nil {
			t.Fatal(err)
		}
		p.PeerASN, p.PeerID, p.PeerAddress, p.IsFromExternal = 65000, addr("10.0.0.9"), addr("127.0.0.9"), true
		if _, err := s.server.AddPath(apiutil.AddPathRequest{Paths: []*apiutil.Path{p}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.table(t); got != "192.0.2.1/32 via 0.0.0.0" {
		t.Error(got)
	}
}

// What cannot be done is said, and the rest is done.
func TestOrdersThatCannotBeCarriedOut(t *testing.T) {
	s, words := begun(t)
	o := talk.Order{Serial: 1, Setup: setup("127.0.0.9"), Prefixes: prefixes("192.0.2.1/32")}
	o.Setup.Neighbors[0].Multihop, o.Setup.Neighbors[0].MinTTL, o.Setup.Neighbors[0].Password = 3, 255, "s3cret"
	s.carryOut(o)
	for w := range words {
		if w.Done == 1 {
			if !strings.Contains(w.Problem, "ttl-security") || strings.Contains(w.Problem, "s3cret") || len(w.Sessions) != 0 {
				t.Errorf("%+v", w)
			}
			break
		}
	}
	if got := s.table(t); got != "192.0.2.1/32 via 0.0.0.0" {
		t.Error(got)
	}
}

// Why nobody can be reached is in what is told, soon after.
func TestUnreachable(t *testing.T) {
	s, words := begun(t)
	s.carryOut(talk.Order{Serial: 1, Setup: setup("127.0.0.1")}) // nobody listens on port 9
	deadline := time.After(30 * time.Second)
	for {
		select {
		case w := <-words:
			if len(w.Sessions) == 1 && w.Sessions[0].Error == "connection refused" {
				return
			}
		case <-deadline:
			t.Fatalf("not told: %+v", s.now)
		}
	}
}

func TestPeers(t *testing.T) {
	n := setup("10.0.0.2").Neighbors[0]
	n.Password, n.MinTTL, n.LocalAddress, n.Passive, n.IPv6 = "s3cret", 255, addr("10.0.0.1"), true, true
	p := peerOf(n)
	if p.Conf.AuthPassword != "s3cret" || !p.TtlSecurity.Enabled || p.TtlSecurity.TtlMin != 255 || p.EbgpMultihop != nil ||
		p.Transport.LocalAddress != "10.0.0.1" || !p.Transport.PassiveMode || len(p.AfiSafis) != 2 ||
		p.GracefulRestart != nil || p.Timers.Config.HoldTime != 9 {
		t.Errorf("%v", p)
	}
	n.MinTTL, n.Multihop = 0, 4
	if p := peerOf(n); p.TtlSecurity != nil || p.EbgpMultihop.MultihopTtl != 4 {
		t.Errorf("%v", p)
	}
}

func TestStates(t *testing.T) {
	want := talk.States()
	for i, state := range []bgp.FSMState{bgp.BGP_FSM_IDLE, bgp.BGP_FSM_CONNECT, bgp.BGP_FSM_ACTIVE, bgp.BGP_FSM_OPENSENT,
		bgp.BGP_FSM_OPENCONFIRM, bgp.BGP_FSM_ESTABLISHED} {
		if got := stateOf(state); got != want[i] {
			t.Errorf("%v: %s", state, got)
		}
	}
	if got := stateOf(-1); got != talk.Idle {
		t.Error(got)
	}
	for code, want := range map[api.PeerState_DisconnectReason]string{
		api.PeerState_DISCONNECT_REASON_NOTIFICATION_RECEIVED: "it closed the session: cease",
		api.PeerState_DISCONNECT_REASON_HOLD_TIMER_EXPIRED:    "it said nothing for the hold time",
		api.PeerState_DISCONNECT_REASON_IDLE_TIMER_EXPIRED:    "",
	} {
		if got := reasonOf(code, "notification-received cease"); got != want {
			t.Errorf("%v: %q", code, got)
		}
	}
}

// A neighbour does not fill the log, and what is left out is counted.
func TestLog(t *testing.T) {
	var lines []string
	failed := map[netip.Addr]string{}
	h := &logHandler{say: func(line string) { lines = append(lines, line) },
		failed: func(a netip.Addr, problem string) { failed[a] = problem }}
	log := slog.New(h)
	peer := log.With(slog.String("Topic", "Peer"), slog.String("Key", "10.0.0.2"))
	peer.Debug("failed to connect", slog.String("Error", "dial tcp 10.0.0.1:0->10.0.0.2:179: i/o timeout"))
	peer.With(slog.String("x", "y")).Info("nothing to say")
	log.Debug("failed to connect", slog.String("Error", "of nobody"))
	peer.Warn("odd", slog.String("State", "idle"))
	peer.Warn("odd again")
	log.Error("very odd")
	peer.Debug(received, slog.Any("nlri", []bgp.PathNLRI{}), slog.Any("path_attributes", []bgp.PathAttributeInterface{}))
	h.last = time.Time{}
	log.WithGroup("g").Error("at last", slog.Int("n", 3))
	if got := strings.Join(lines, "|"); got != "10.0.0.2: odd, state idle|at last, n 3 (2 lines before it are left out)" {
		t.Error(got)
	}
	if len(failed) != 1 || failed[addr("10.0.0.2")] != "it does not answer" {
		t.Error(failed)
	}
	if !h.Enabled(context.Background(), slog.LevelDebug) {
		t.Error("why nobody can be reached is not heard")
	}
}
