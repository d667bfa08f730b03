package vrrp

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// handOver has another Core take the place of a host's, as it does in another process: what goes over is bytes.
func (l *lan) handOver(t *testing.T, h *host) {
	b, err := json.Marshal(h.core.Handover(l.now))
	if err != nil {
		t.Fatal(err)
	}
	var former Handover
	if err := json.Unmarshal(b, &former); err != nil {
		t.Fatal(err)
	}
	old := h.core
	h.core = New()
	h.core.overrides = old.overrides // the supervisor tells them before the first configuration
	for n := range l.links {
		// Not by do: the rules would see a host without routers.
		if text := h.names(h.core.Link(l.now, l.link(h, n))); text != "" {
			t.Fatalf("an interface that is known is told of: %s", text)
		}
	}
	s := h.setup
	// The other process has a clock of its own, by which this moment was another one.
	s.Former, s.Then = &former, l.now
	s.Obstacles = map[ID][]Obstacle{}
	for i, id := range h.core.Identify(s.Instances) {
		s.Obstacles[id] = old.machines[i].obstacles
		h.views[routerIndex(old.machines[i])].id = id
	}
	l.do(h, h.core.Configure(l.now, s))
}

// names are the outputs of a host with names in the place of numbers, which are another process's own.
func (h *host) names(o Output) string {
	name := func(id ID) string {
		if m := h.core.byID[id]; m != nil {
			return m.cfg.Name
		}
		return "gone"
	}
	var b strings.Builder
	for _, s := range o.Send {
		fmt.Fprintf(&b, "send %s %s %v->%v ttl %d id %d %x\n", name(s.Router), s.Interface, s.Src, s.Dst, s.TTL, s.ID, s.Payload)
	}
	for _, a := range o.Addresses {
		fmt.Fprintf(&b, "addresses %s %v %v\n", name(a.Router), a.On, a.Try)
	}
	for _, a := range o.Announce {
		fmt.Fprintf(&b, "announce %s %d %d %v\n", name(a.Router), a.Repeat, a.Which, a.Source)
	}
	for _, n := range o.Notify {
		fmt.Fprintf(&b, "notify %s %s %d %v %v %v\n", n.Name, n.State, n.Priority, n.Repeated, n.Peer, n.Lasted)
	}
	for _, c := range o.Changes {
		fmt.Fprintf(&b, "change %d %s %s %s\n", c.Kind, c.Of, c.Name, c.Text)
	}
	for _, line := range o.Log {
		fmt.Fprintf(&b, "log %d %s\n", line.Level, line.Text)
	}
	return b.String()
}

// observed plays a history and gives everything that can be seen of it; hand, if it is not nil, has hosts hand over.
func observed(t *testing.T, seed uint64, hand *rand.Rand) (all string, handovers int) {
	var b strings.Builder
	l := emptyLAN(seed)
	l.seen = func(h *host, o Output) {
		if text := h.names(o); text != "" {
			fmt.Fprintf(&b, "%s host %d\n%s", l.now.Sub(epoch), h.n, text)
		}
	}
	defer func() {
		// What breaks a rule does so in both: the text ends there.
		if v, is := recover().(violation); is {
			b.WriteString(string(v))
		}
		all = b.String()
	}()
	if hand != nil {
		l.between = func() {
			if h := l.hosts[hand.IntN(len(l.hosts))]; hand.IntN(20) == 0 && h.alive {
				handovers++
				l.handOver(t, h)
			}
		}
	}
	l.populate()
	for range 1 + l.rng.IntN(9) {
		l.disturb()
		l.run(time.Duration(l.rng.Int64N(int64(6 * l.base))))
	}
	return "", handovers
}

// Whatever has happened on a network, and whenever a daemon hands over to another one: nothing that it does, says or
// sends, and no time of it, is other than without that.
func TestHandoverIsNotNoticed(t *testing.T) {
	const histories = 400
	total := 0
	for seed := range uint64(histories) {
		want, _ := observed(t, seed, nil)
		got, n := observed(t, seed, rand.New(rand.NewPCG(seed, 1)))
		total += n
		if got == want {
			continue
		}
		a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
		i := 0
		for i < min(len(a), len(b)) && a[i] == b[i] {
			i++
		}
		t.Fatalf("history %d: with handovers line %d is other:\n%s\n- without -\n%s", seed, i,
			strings.Join(b[max(i-3, 0):min(i+4, len(b))], "\n"), strings.Join(a[max(i-3, 0):min(i+4, len(a))], "\n"))
	}
	if total < histories {
		t.Fatalf("%d handovers in %d histories: the test does not test", total, histories)
	}
}

// A field of a machine that nobody hands over would be forgotten: each is either in the Handover or here. Refusals may be
// told of once more.
func TestHandoverKnowsEveryField(t *testing.T) {
	made := strings.Fields("id cfg place trackers group timers packets addrs expect peers peersListed set told")
	handed := strings.Fields(`state started wantMaster reduced vipsOn follows obstacles doubtful resigned trying overtook prio
		masterInt masterAddr ownAddr masterPrio heard heardEvery since conflict preempt counters logged lateSaid rivals voices
		took part misfit cut oldPeers stamps leaveOut ident moves causes refusals last born wanting`)
	known := map[string]bool{}
	for _, name := range append(made, handed...) {
		known[name] = true
	}
	for _, name := range fieldsOf(machine{}) {
		if !known[name] {
			t.Errorf("machine.%s is new: hand it over in handover.go, or say here that it follows from the configuration", name)
		}
	}
	for _, have := range []struct {
		of   any
		want int
	}{{Rival{}, 11}, {voice{}, 6}, {sender{}, 3}, {stamps{}, 3}, {ownerConflict{}, 3}, {group{}, 5}, {Transition{}, 4}} {
		if n := len(fieldsOf(have.of)); n != have.want {
			t.Errorf("%T has %d fields, handover.go knows %d", have.of, n, have.want)
		}
	}
}

func fieldsOf(v any) (names []string) {
	t := reflect.TypeOf(v)
	for i := range t.NumField() {
		names = append(names, t.Field(i).Name)
	}
	return names
}
