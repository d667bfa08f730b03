package healthcheck

import (
	"testing"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/healthcheck/lvs"
)

// A kind of checkers is made by the language, the core and this package, or by none of them,
// and then has everything that is asked of a kind without looking whether it is there.
func TestAKindIsMadeEverywhereOrNowhere(t *testing.T) {
	support := map[string]language.Support{}
	for _, k := range language.Table().Keywords() {
		if k.Block == "virtual_server/real_server" {
			support[k.Name] = k.Support
		}
	}
	for _, kind := range config.CheckKinds() {
		said, known := support[kind.String()]
		if !known {
			t.Errorf("the language has no %s", kind)
		}
		k, works := KindOf(kind), said == language.Works
		if (k != nil) != works || lvs.Makes(kind) != works {
			t.Errorf("%s: the language says %s; a probe %v, words and rules %v", kind, said, k != nil, lvs.Makes(kind))
		}
		if k != nil && (k.Dump == nil || (k.Probe != nil) != kind.Polls() || (k.UsualDelay != 0) != (kind.Polls() && kind != config.CheckDNS)) {
			t.Errorf("%s lacks a part: %+v", kind, k)
		}
		checker := config.Checker{Kind: kind, HTTP: &config.HTTPCheck{}, Misc: &config.MiscCheck{}}
		if _, err := (&Preparer{}).Prepare(&checker); !works && err != ErrNotMade {
			t.Errorf("%s is prepared although nobody makes it: %v", kind, err)
		}
	}
	if KindOf(config.CheckKind(len(config.CheckKinds()))) != nil {
		t.Error("there is a kind that is none")
	}
}

// An attempt of a kind that is not made is a fault of the program, not that of a server.
func TestAnAttemptOfNoKind(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it was made")
		}
	}()
	Prober{}.Probe(t.Context(), Target{Checker: config.Checker{Kind: config.CheckKind(len(config.CheckKinds()))}})
}

// Servers with the same page share its pattern; a pattern that does not compile is missing
// alone.
func TestPatternsArePreparedOnce(t *testing.T) {
	var p Preparer
	web := func(regex ...string) *config.Checker {
		k := &config.Checker{Kind: config.CheckHTTP, HTTP: &config.HTTPCheck{}}
		for _, r := range regex {
			k.HTTP.URLs = append(k.HTTP.URLs, config.URL{Path: "/" + r, Regex: r})
		}
		return k
	}
	one, err := p.Prepare(web("a", "", "b"))
	if err != nil || one.pattern(0) == nil || one.pattern(1) != nil || one.pattern(2) == nil || one.pattern(3) != nil {
		t.Fatalf("%+v %v", one, err)
	}
	two, err := p.Prepare(web("(", "b"))
	if err == nil || two.pattern(0) != nil || two.pattern(1) != one.pattern(2) {
		t.Errorf("%+v %v, want the pattern of b again and an error about the other", two, err)
	}
	other := web("b")
	other.HTTP.URLs[0].RegexMax = 7
	three, err := p.Prepare(other)
	if err != nil || three.pattern(0) == nil || three.pattern(0) == one.pattern(2) {
		t.Errorf("another place to match is another pattern: %+v %v", three, err)
	}
}
