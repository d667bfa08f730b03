package healthcheck

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/healthcheck/attempt"
)

// A far host is a network with all real servers, which two cables lead to: "a", where packets go that nobody tells where
// to go, and "b".

// addresses are those of one family: of this host, of which here and third are reached over a, second and fourth over b,
// and of the far one.
type addresses struct {
	here, second, third, fourth, there, other, service string
}

var wayFamilies = []addresses{
	{"10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4", "10.9.0.9", "10.9.0.8", "10.40.0.1"},
	{"fd09::1", "fd09::2", "fd09::3", "fd09::4", "fd09::9", "fd09::8", "fd40::1"},
}

// A sighting is what the far host sees of the first packet of an attempt. Echoes have no ports.
type sighting struct {
	cable    string
	from, to netip.AddrPort
}

// A way is words in the block of a check and what becomes of its packets; $NAMES are those of addresses, and ports.
type way struct {
	words    string
	cable    string
	from, to string
}

// ways are all words about the way of a packet, each alone and all together.
var ways = []way{
	{"", "a", "$HERE", "$THERE $PORT"},
	{"connect_ip $OTHER", "a", "$HERE", "$OTHER $PORT"},
	{"connect_port $ANOTHER", "a", "$HERE", "$THERE $ANOTHER"},
	{"bindto $THIRD", "a", "$THIRD", "$THERE $PORT"},
	{"bind_port $FREE", "a", "$HERE $FREE", "$THERE $PORT"},
	{"bindto $THIRD\nbind_port $FREE", "a", "$THIRD $FREE", "$THERE $PORT"},
	{"bind_if b", "b", "$SECOND", "$THERE $PORT"},
	{"fwmark 7", "b", "$SECOND", "$THERE $PORT"},
	{"fwmark 8", "a", "$HERE", "$THERE $PORT"},
	{"connect_ip $OTHER\nconnect_port $ANOTHER\nbindto $FOURTH\nbind_port $FREE\nbind_if b\nfwmark 7", "b",
		"$FOURTH $FREE", "$OTHER $ANOTHER"},
}

// linkLocal are ways to addresses that every cable has.
var linkLocal = []way{
	{"connect_ip fe80::9\nbind_if b", "b", "", "fe80::9 $PORT"},
	{"connect_ip fe80::9\nbind_if a\nbindto fe80::1", "a", "fe80::1", "fe80::9 $PORT"},
	{"connect_ip fe80::9\nbindto fe80::2\nbind_port $FREE\nbind_if b", "b", "fe80::2 $FREE", "fe80::9 $PORT"},
}

// tried makes an attempt of a check as the daemon does.
var tried = map[string]func(*testing.T, Target) attempt.Outcome{
	"": probe,
	" in parts": func(t *testing.T, target Target) attempt.Outcome {
		b, o, done := Begin(&target)
		if !done {
			o = b.Wait(t.Context(), &target)
		}
		return o
	},
}

// What a file says about the way of a check is the way of its packets, for every kind that has packets, in both families.
func TestSemantics10_15_EveryCheckGoesTheWayItIsTold(t *testing.T) {
	inNamespace(t, func(far func(string)) {
		farNetwork(far)
		seen := watchCables(t)
		for i, kind := range wayKinds {
			kind.serve(t, wayPort(i))
		}
		there := ownNamespace()
		inNamespace(t, func(run func(string)) {
			nearNetwork(run, there)
			for i, kind := range wayKinds {
				travel(t, kind, i, seen)
			}
		})
	})
}

// travel makes all attempts of a kind. A port that was one end of a connection is taken for a while, so each is used once.
func travel(t *testing.T, kind wayKind, number int, seen *cables) {
	free := 20000 + 100*number
	for f, family := range wayFamilies {
		all := ways
		if f == 1 {
			all = slices.Concat(ways, linkLocal)
		}
		for how, try := range tried {
			if how != "" && !Begins(kind.kind) {
				continue
			}
			for _, w := range all {
				free++
				trip{kind, family, wayPort(number), free, w}.make(t, how, try, seen)
			}
		}
	}
}

// wayPort is the port on which the servers of a kind are, and the next one is the other.
func wayPort(kind int) int { return 1000 + 2*kind }

// A trip is one attempt of the table.
type trip struct {
	kind       wayKind
	addresses  addresses
	port, free int
	way        way
}

// fill puts addresses and ports into a text.
func (p trip) fill(text string) string {
	a := p.addresses
	return strings.NewReplacer("$HERE", a.here, "$SECOND", a.second, "$THIRD", a.third, "$FOURTH", a.fourth,
		"$THERE", a.there, "$OTHER", a.other, "$PORT", strconv.Itoa(p.port), "$ANOTHER", strconv.Itoa(p.port+1),
		"$FREE", strconv.Itoa(p.free)).Replace(text)
}

// checker is what the language makes of the words.
func (p trip) checker(t *testing.T) (config.Checker, bool) {
	text := p.fill(fmt.Sprintf("virtual_server %s 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\nreal_server $THERE $PORT {\n%s}\n}\n", p.addresses.service,
		p.kind.block(p.way.words)))
	c, diags := language.Bind(syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{}), language.Env{})
	if len(c.VirtualServers) != 1 || len(c.VirtualServers[0].RealServers[0].Checkers) != 1 || !language.Runnable(diags) {
		t.Errorf("%s\n%v", text, diags)
		return config.Checker{}, false
	}
	for _, d := range diags {
		if d.Severity > syntax.Note {
			t.Errorf("%s\n%v", text, d)
		}
	}
	return c.VirtualServers[0].RealServers[0].Checkers[0], true
}

func (p trip) make(t *testing.T, how string, try func(*testing.T, Target) attempt.Outcome, seen *cables) {
	t.Helper()
	k, ok := p.checker(t)
	if !ok {
		return
	}
	seen.forget()
	k.ConnectTimeout = patience
	o := try(t, Target{Checker: k, Service: vs, Server: rs})
	name := fmt.Sprintf("%s%s, %q", p.kind.name, how, p.fill(p.way.words))
	if o.Verdict != attempt.Passed {
		t.Errorf("%s: verdict %d, %s", name, o.Verdict, o.Reason)
		return
	}
	got, ok := seen.first(p.kind.protocol)
	if !ok {
		t.Errorf("%s: no packet came", name)
		return
	}
	if got.cable != p.way.cable || !p.is(got.from, p.way.from) || !p.is(got.to, p.way.to) {
		t.Errorf("%s: by %s from %s to %s, want by %s from %s to %s", name, got.cable, got.from, got.to,
			p.way.cable, p.fill(p.way.from), p.fill(p.way.to))
	}
}

// is reports whether an end of a packet is the one wanted: "" for any, an address, perhaps with a port.
func (p trip) is(got netip.AddrPort, want string) bool {
	words := strings.Fields(p.fill(want))
	if len(words) > 0 && got.Addr().String() != words[0] {
		return false
	}
	return len(words) < 2 || p.kind.protocol == echoes || strconv.Itoa(int(got.Port())) == words[1]
}

// The words about the way are those of all kinds that send something, and of no others; an echo has no ports, and the
// language says so.
func TestWhoHasWordsAboutTheWay(t *testing.T) {
	for _, kind := range config.CheckKinds() {
		for _, word := range []string{"connect_ip", "connect_port", "bindto", "bind_port", "bind_if", "fwmark"} {
			k, known := language.Table().Find("virtual_server/real_server/"+kind.String(), word)
			if known != kind.Socket() {
				t.Errorf("%s in %s is a word: %v", word, kind, known)
			}
			want := language.Works
			if kind == config.CheckPing && strings.HasSuffix(word, "_port") {
				want = language.Accepted
			}
			if known && k.Support != want {
				t.Errorf("%s in %s %s, want %s", word, kind, k.Support, want)
			}
		}
	}
	for _, kind := range config.CheckKinds() {
		if kind.Socket() && !slices.ContainsFunc(wayKinds, func(w wayKind) bool { return w.kind == kind }) {
			t.Errorf("nobody looks which way %s goes", kind)
		}
	}
}
