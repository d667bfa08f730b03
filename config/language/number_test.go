package language

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestGrammar8_1_Integers(t *testing.T) {
	for _, tt := range []struct {
		text string
		n    int64
		junk bool
	}{
		{"7", 7, false}, {"+7", 7, false}, {"-7", -7, false}, {"010", 10, false}, {"0x10", 0, true}, {"5s", 5, true},
		{"", 0, true}, {"x", 0, true}, {"-", 0, true}, {"99999999999999999999", math.MaxInt64, false}, {"1.5", 1, true},
		{"-99999999999999999999", -math.MaxInt64, false}, {"1_0", 1, true}, {"--1", 0, true}, {"+", 0, true},
		{" 7", 7, false},
	} {
		if n, junk := parseInt(tt.text); n != tt.n || junk != tt.junk {
			t.Errorf("%q: %d %v, want %d %v", tt.text, n, junk, tt.n, tt.junk)
		}
	}
}

func TestGrammar8_3_DecimalSeconds(t *testing.T) {
	for _, tt := range []struct {
		text     string
		micros   int64
		long, ok bool
	}{
		{"1", 1_000_000, false, true}, {".5", 500_000, false, true}, {"2.", 2_000_000, false, true},
		{"1.5", 1_500_000, false, true},
		{"0.000001", 1, false, true}, {"0.0000015", 2, true, true}, {"0.0000004", 0, true, true}, {"1s", 0, false, false},
		{"", 0, false, false}, {".", 0, false, false}, {"-1", -1_000_000, false, true}, {"1.2.3", 0, false, false},
		{"1.9999999", 2_000_000, true, true}, {"+3", 3_000_000, false, true},
		{"1.00000000000000000000000000", 1_000_000, true, true},
		{"1,5", 0, false, false}, {"1e3", 0, false, false}, {"0x10", 0, false, false}, {"--1", 0, false, false},
		{"99999999999999999999999", math.MaxInt64, false, true}, {"-99999999999999999999999", math.MinInt64, false, true},
	} {
		n, long, ok := parseMicros(tt.text, 6)
		if n != tt.micros || long != tt.long || ok != tt.ok {
			t.Errorf("%q: %d %v %v, want %d %v %v", tt.text, n, long, ok, tt.micros, tt.long, tt.ok)
		}
	}
}

// A huge number of seconds stays a positive duration.
func TestHugeSecondsDoNotOverflow(t *testing.T) {
	n, _, ok := parseMicros("18446744073709.551614", 6)
	if !ok || fromMicros(n) <= 0 {
		t.Errorf("%d %v", n, fromMicros(n))
	}
}

func TestSecondsTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(0, 1e12).Draw(t, "micros")
		got, long, ok := parseMicros(secondsText(want), 6)
		if !ok || long || got != want {
			t.Fatalf("%d -> %s -> %d", want, secondsText(want), got)
		}
	})
}

func TestGrammar8_4_Booleans(t *testing.T) {
	for text, want := range map[string]string{"true": "yes", "on": "yes", "yes": "yes", "false": "no", "off": "no",
		"no": "no", "True": "", "1": "", "": ""} {
		v, ok := parseBool(text)
		if ok != (want != "") || (ok && v != (want == "yes")) {
			t.Errorf("%q: %v %v", text, v, ok)
		}
	}
}

// Grammar 8.1: a running daemon takes the digits of a tolerant number, a
// configuration test refuses them.
func TestGrammar8_1_JunkBehindDigits(t *testing.T) {
	text := instance("garp_master_delay 7s", "priority 60x")
	for _, tt := range []struct {
		test  bool
		delay time.Duration
	}{{true, 5 * time.Second}, {false, 7 * time.Second}} {
		env := host()
		env.Test = tt.test
		cfg, diags := Bind(load(text), env)
		if got := cfg.Instances[0]; got.GARPDelay != tt.delay || got.Priority != 100 {
			t.Errorf("test %v: delay %v priority %d", tt.test, got.GARPDelay, got.Priority)
		}
		if ExitStatus(diags) != 5 {
			t.Errorf("findings %v", diags)
		}
	}
}

// Which keywords refuse junk at run time was tried with 2.2.7.
func TestGrammar8_1_WhoRefusesJunk(t *testing.T) {
	env := host()
	env.Test = false
	for text, want := range map[string]string{
		instance("priority 30x"):                                       "100 255 3 25",
		instance("unicast_ttl 30x"):                                    "100 255 3 25",
		instance("down_timer_adverts 7x"):                              "100 255 7 25",
		"global_defs {\n vrrp_down_timer_adverts 9x\n}\n" + instance(): "100 255 9 25",
		"global_defs {\n smtp_server 127.0.0.1 26x\n}\n" + instance():  "100 255 3 26",
	} {
		cfg, _ := Bind(load(text), env)
		in := cfg.Instances[0]
		if got := fmt.Sprint(in.Priority, in.UnicastTTL, in.DownTimerAdverts, cfg.Global.Mail.Port); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	cfg, _ := Bind(load(service("weight 2x\n quorum 2x\n persistence_timeout 50x", "uthreshold 3x")), env)
	v := cfg.VirtualServers[0]
	if v.RealServers[0].Weight != 2 || v.Quorum != 2 || v.PersistenceTimeout != 0 || v.RealServers[0].UpperThreshold != 3 {
		t.Errorf("service: %+v", v)
	}
}
