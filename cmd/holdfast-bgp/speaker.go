package main

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"github.com/osrg/gobgp/v4/pkg/server"

	"holdfast/internal/speaker/talk"
)

// speaker is a BGP server with what it was told.
type speaker struct {
	server *server.BgpServer
	cancel context.CancelFunc // of the watch of sessions
	ctx    context.Context

	// What only the goroutine of orders touches.
	begun     bool
	neighbors map[netip.Addr]talk.Neighbor // those that the server has
	told      map[netip.Prefix]route       // what it announces

	say func(talk.Word)
	mu  sync.Mutex // of what follows, and of the order of words
	now talk.Word  // without Log
}

// newSpeaker gives a server without sessions, which says what there is to say.
func newSpeaker(say func(talk.Word)) *speaker {
	s := &speaker{say: say, neighbors: map[netip.Addr]talk.Neighbor{}, told: map[netip.Prefix]route{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	level := &slog.LevelVar{}
	level.Set(slog.LevelDebug) // that nobody could be reached is said there, and what discard needs
	s.server = server.NewBgpServer(server.LoggerOption(slog.New(&logHandler{failed: s.failed, say: s.line,
		nowhere: nowhere()}), level))
	go s.server.Serve()
	return s
}

// carryOut does what an order says, and answers it.
func (s *speaker) carryOut(o talk.Order) {
	problem := s.begin(o.Setup)
	if problem == nil {
		problem = s.meet(o.Setup.Neighbors)
	}
	if s.begun {
		if err := s.announce(routesOf(o)); problem == nil {
			problem = err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Done, s.now.Problem = o.Serial, ""
	if problem != nil {
		s.now.Problem = problem.Error()
	}
	s.tell()
}

// begin starts the server with the first order.
func (s *speaker) begin(o talk.Setup) error {
	if s.begun {
		return nil
	}
	port := int32(-1) // none
	if o.Listen {
		port = bgp.BGP_PORT
	}
	err := s.server.StartBgp(s.ctx, &api.StartBgpRequest{Global: &api.Global{
		Asn: o.LocalAS, RouterId: o.RouterID.String(), ListenPort: port,
	}})
	if err != nil {
		return err
	}
	if o.Listen {
		if err := raiseHopLimit(); err != nil {
			return err
		}
	}
	if err := s.takeOwnOnly(); err != nil {
		return err
	}
	s.begun = true
	return s.server.WatchEvent(s.ctx, server.WatchEventMessageCallbacks{
		OnPeerUpdate: func(e *apiutil.WatchEventMessage_PeerEvent, _ time.Time) {
			if e.Type == apiutil.PEER_EVENT_STATE {
				s.changed(e.Peer.State.NeighborAddress, stateOf(e.Peer.State.SessionState),
					reasonOf(e.Peer.State.DisconnectReason, e.Peer.State.DisconnectMessage))
			}
		},
	}, server.WatchPeer())
}

// takeOwnOnly has the table take what is announced here: routes of others are none of our business, and one of them
// could be better than ours. What is left of them is discard's.
func (s *speaker) takeOwnOnly() error {
	own := &api.Policy{Name: "own", Statements: []*api.Statement{{
		Name:       "own",
		Conditions: &api.Conditions{RouteType: api.Conditions_ROUTE_TYPE_LOCAL},
		Actions:    &api.Actions{RouteAction: api.RouteAction_ROUTE_ACTION_ACCEPT},
	}}}
	if err := s.server.AddPolicy(s.ctx, &api.AddPolicyRequest{Policy: own}); err != nil {
		return err
	}
	return s.server.SetPolicyAssignment(s.ctx, &api.SetPolicyAssignmentRequest{Assignment: &api.PolicyAssignment{
		Direction: api.PolicyDirection_POLICY_DIRECTION_IMPORT, Policies: []*api.Policy{own},
		DefaultAction: api.RouteAction_ROUTE_ACTION_REJECT,
	}})
}

// meet has sessions with these neighbours and no others. One that is changed begins anew.
func (s *speaker) meet(all []talk.Neighbor) (problem error) {
	wanted := map[netip.Addr]talk.Neighbor{}
	for _, n := range all {
		wanted[n.Addr] = n
	}
	for addr, n := range s.neighbors {
		if wanted[addr] == n {
			continue
		}
		if err := s.server.DeletePeer(s.ctx, &api.DeletePeerRequest{Address: addr.String()}); err != nil {
			problem = err
			continue
		}
		if s.neighbors[addr].Password != "" {
			if err := forgetKey(addr); err != nil {
				problem = err
			}
		}
		delete(s.neighbors, addr)
		s.forget(addr)
	}
	for _, n := range all {
		if _, there := s.neighbors[n.Addr]; there {
			continue
		}
		s.expect(n.Addr)
		if err := s.server.AddPeer(s.ctx, &api.AddPeerRequest{Peer: peerOf(n)}); err != nil {
			problem = err
			s.forget(n.Addr)
			continue
		}
		s.neighbors[n.Addr] = n
	}
	return problem
}

// announce announces these routes and no others.
func (s *speaker) announce(want map[netip.Prefix]route) (problem error) {
	// First what comes: nobody loses a route because another one goes.
	for prefix, r := range want {
		if old, there := s.told[prefix]; there && old.same(r) {
			continue
		}
		p, err := r.path(prefix)
		if err == nil {
			_, err = s.server.AddPath(apiutil.AddPathRequest{Paths: []*apiutil.Path{p}})
		}
		if err != nil {
			problem = err
			continue
		}
		s.told[prefix] = r
	}
	for prefix, r := range s.told {
		if _, stays := want[prefix]; stays {
			continue
		}
		p, err := r.path(prefix)
		if err == nil {
			p.Withdrawal = true
			err = s.server.DeletePath(apiutil.DeletePathRequest{Paths: []*apiutil.Path{p}})
		}
		if err != nil {
			problem = err
			continue
		}
		delete(s.told, prefix)
	}
	return problem
}

// close closes all sessions, with a notification that says so.
func (s *speaker) close() {
	s.cancel()
	s.server.Stop()
}

// changed takes the state of a session, and what went wrong, "" if nothing did.
func (s *speaker) changed(addr netip.Addr, state talk.State, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.now.Sessions, func(o talk.Session) bool { return o.Neighbor == addr })
	if i < 0 {
		return // it is told after its end
	}
	before := s.now.Sessions[i]
	now := &s.now.Sessions[i]
	now.State = state
	switch {
	case state == talk.Established:
		now.Error = ""
	case problem != "":
		now.Error = problem
	}
	if *now != before {
		s.tell()
	}
}

// failed is why a neighbour could not be reached.
func (s *speaker) failed(addr netip.Addr, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.now.Sessions {
		if now := &s.now.Sessions[i]; now.Neighbor == addr && now.State != talk.Established && now.Error != problem {
			now.Error = problem
			s.tell()
		}
	}
}

// expect adds a session.
func (s *speaker) expect(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Sessions = append(s.now.Sessions, talk.Session{Neighbor: addr, State: talk.Idle})
}

// forget drops a session.
func (s *speaker) forget(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Sessions = slices.DeleteFunc(s.now.Sessions, func(o talk.Session) bool { return o.Neighbor == addr })
}

// line says a line for the log.
func (s *speaker) line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.now
	w.Log = text
	s.say(w)
}

// tell says how everything is; mu is held.
func (s *speaker) tell() { s.say(s.now) }

func stateOf(state bgp.FSMState) talk.State {
	switch state {
	case bgp.BGP_FSM_CONNECT:
		return talk.Connect
	case bgp.BGP_FSM_ACTIVE:
		return talk.Active
	case bgp.BGP_FSM_OPENSENT:
		return talk.OpenSent
	case bgp.BGP_FSM_OPENCONFIRM:
		return talk.OpenConfirm
	case bgp.BGP_FSM_ESTABLISHED:
		return talk.Established
	}
	return talk.Idle
}

// reasonOf is why a session has come to a state, "" if nothing went wrong.
func reasonOf(code api.PeerState_DisconnectReason, text string) string {
	switch code {
	case api.PeerState_DISCONNECT_REASON_HOLD_TIMER_EXPIRED:
		return "it said nothing for the hold time"
	case api.PeerState_DISCONNECT_REASON_NOTIFICATION_RECEIVED:
		return "it closed the session: " + strings.TrimPrefix(text, "notification-received ")
	case api.PeerState_DISCONNECT_REASON_HARD_RESET:
		return "it reset the session"
	case api.PeerState_DISCONNECT_REASON_NOTIFICATION_SENT:
		return "we closed the session: " + strings.TrimPrefix(text, "notification-sent ")
	case api.PeerState_DISCONNECT_REASON_READ_FAILED, api.PeerState_DISCONNECT_REASON_WRITE_FAILED:
		return "the connection is closed"
	case api.PeerState_DISCONNECT_REASON_INVALID_MSG:
		return "it sent a message that is not valid"
	case api.PeerState_DISCONNECT_REASON_BAD_PEER_AS:
		return "it is of another AS"
	case api.PeerState_DISCONNECT_REASON_ADMIN_DOWN:
		return "it is shut down"
	}
	return ""
}
