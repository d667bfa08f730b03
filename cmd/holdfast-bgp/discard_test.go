package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/server"

	"holdfast/internal/speaker/talk"
)

// routes is how many a router announces of each family, each in an update of its own.
const routes = 2000

// peering is what a server says of its only session.
func peering(t *testing.T, s *server.BgpServer) (state api.PeerState_SessionState, in, out uint64, kept []uint64) {
	t.Helper()
	err := s.ListPeer(context.Background(), &api.ListPeerRequest{EnableAdvertised: true}, func(p *api.Peer) {
		state = p.State.SessionState
		in, out = p.State.Messages.Received.Update, p.State.Messages.Sent.Update
		for _, f := range p.AfiSafis {
			kept = append(kept, f.State.Received)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return state, in, out, kept
}

// router is a server that announces routes to whoever connects, and where it listens.
func router(t *testing.T) (*server.BgpServer, uint16) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	r := server.NewBgpServer()
	go r.Serve()
	t.Cleanup(r.Stop)
	ctx := context.Background()
	err = r.StartBgp(ctx, &api.StartBgpRequest{Global: &api.Global{Asn: 65000, RouterId: "10.0.0.9", ListenPort: int32(port),
		ListenAddresses: []string{"127.0.0.1"}}})
	if err != nil {
		t.Fatal(err)
	}
	n := setup("127.0.0.1").Neighbors[0]
	n.RemoteAS, n.IPv4, n.IPv6, n.Passive = 65001, true, true, true
	if err := r.AddPeer(ctx, &api.AddPeerRequest{Peer: peerOf(n)}); err != nil {
		t.Fatal(err)
	}
	return r, uint16(port)
}

// announceAll announces routes, or withdraws them.
func announceAll(t *testing.T, r *server.BgpServer, withdraw bool) {
	t.Helper()
	for i := range uint32(routes) {
		for _, text := range []string{"198.18.%d.%d/32", "2001:db8::%x:%x/128"} {
			prefix, hop := netip.MustParsePrefix(fmt.Sprintf(text, i>>8, i&0xff)), addr("10.0.0.9")
			if prefix.Addr().Is6() {
				hop = addr("2001:db8::9")
			}
			med := i // of its own: in an update of its own
			p, err := route{nextHop: hop, med: &med}.path(prefix)
			if err == nil && withdraw {
				p.Withdrawal = true
				err = r.DeletePath(apiutil.DeletePathRequest{Paths: []*apiutil.Path{p}})
			} else if err == nil {
				_, err = r.AddPath(apiutil.AddPathRequest{Paths: []*apiutil.Path{p}})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// However much a router announces, nothing of it is kept, and the session stays.
func TestTableOfARouter(t *testing.T) {
	r, port := router(t)
	s, _ := begun(t)
	o := talk.Order{Serial: 1, Setup: setup("127.0.0.1"), Prefixes: prefixes("192.0.2.1/32")}
	o.Setup.Neighbors[0].Port, o.Setup.Neighbors[0].IPv6 = port, true
	s.carryOut(o)
	await := func(what string, done func() bool) {
		t.Helper()
		for limit := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(limit) {
				state, in, _, kept := peering(t, s.server)
				t.Fatalf("%s: %v, %d updates, %v kept", what, state, in, kept)
			}
		}
	}
	await("established", func() bool {
		state, _, _, _ := peering(t, s.server)
		return state == api.PeerState_SESSION_STATE_ESTABLISHED
	})
	heard := func(least uint64) func() bool {
		return func() bool {
			_, in, _, kept := peering(t, s.server)
			for _, n := range kept {
				if n > 1 {
					t.Fatalf("after %d updates %v are kept", in, kept)
				}
			}
			return in >= least
		}
	}
	announceAll(t, r, false)
	await("all routes", heard(2*routes))
	if got := s.table(t); got != "192.0.2.1/32 via 0.0.0.0" {
		t.Error(got)
	}
	// The other end has ours all the while.
	if state, in, _, kept := peering(t, r); state != api.PeerState_SESSION_STATE_ESTABLISHED || in == 0 || kept[0] != 1 {
		t.Errorf("%v, %d updates, %v kept", state, in, kept)
	}
	announceAll(t, r, true)
	await("nothing", func() bool {
		_, _, _, kept := peering(t, s.server)
		return kept[0] == 0 && kept[1] == 0
	})
	if state, _, _, _ := peering(t, s.server); state != api.PeerState_SESSION_STATE_ESTABLISHED {
		t.Error(state)
	}
}
