package language

import (
	"strings"
	"testing"

	"holdfast/config"
)

// A keyword of ours works on any line, and where keepalived would read it that is said, without being counted:
// keepalived is what it costs something.
func TestOwnKeywords(t *testing.T) {
	for line, finding := range map[string]string{
		"@holdfast vrrp_notify_two_masters":                              "",
		"@holdfast vrrp_notify_two_masters on\n@^holdfast vrrp_iptables": "",
		"vrrp_notify_two_masters": "test.conf:2:1: warning: vrrp_notify_two_masters is a keyword of holdfast, which " +
			"keepalived does not know; begin the line with '@holdfast vrrp_notify_two_masters'",
	} {
		c, found := Bind(load("global_defs {\n"+line+"\n}\nvrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n"+
			"virtual_ipaddress {\n10.0.0.1/24\n}\n}\n"), Env{})
		var about []string
		for _, d := range found {
			if strings.Contains(d.Text, "two_masters") {
				about = append(about, d.String())
				if d.ID != "own-keyword" || d.Class != 0 {
					t.Errorf("%+v", d)
				}
			}
		}
		if !c.Global.NotifyTwoMasters || strings.Join(about, "|") != finding {
			t.Errorf("%q: %v, %v", line, c.Global.NotifyTwoMasters, found)
		}
		// It is printed on a line that keepalived drops.
		if text := printed(t, c); !strings.Contains(text, "\n    @holdfast vrrp_notify_two_masters true\n") {
			t.Errorf("%q: printed\n%s", line, text)
		}
	}
}

// Every line of a block of ours is one that keepalived drops, and so is everything in it.
func TestOwnBlocks(t *testing.T) {
	it := item{words: []string{"a"}, opens: true, items: []item{{words: []string{"b", "1"}, opens: true, own: true,
		items: []item{{words: []string{"c"}}, {words: []string{"d"}, opens: true}}}, {words: []string{"e"}}}}
	var got strings.Builder
	it.write(&got, "")
	want := "a {\n    @holdfast b 1 {\n        @holdfast c\n        @holdfast d {\n        @holdfast }\n    @holdfast }\n" +
		"    e\n}\n\n"
	if got.String() != want {
		t.Errorf("%s", got.String())
	}
}

// What stands in a block of ours is ours, and only the block is told to stand on other lines.
func TestWordsInOwnBlocks(t *testing.T) {
	inner := func() []Keyword {
		return []Keyword{row("b", boolean(func(d *config.Global) *bool { return &d.NotifyTwoMasters }), "", "")}
	}
	outer := func() []Keyword { return []Keyword{row("a", Keyword{Opens: true}, "", "", ours)} }
	l := newLanguage(general{}, []chapter{{"", outer}, {"a", inner}}, nil)
	if b := l.find("a", "b"); b.Since != Ours || !b.inOurs {
		t.Errorf("%+v", b)
	}
	if a := l.find("", "a"); a.Since != Ours || a.inOurs {
		t.Errorf("%+v", a)
	}
}
