package language

import (
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
)

// What is left without the defaults means the same, for everything a keyword can set.
func TestChangedMeansTheSame(t *testing.T) {
	texts := listedSeeds()
	for _, v := range values() {
		texts = append(texts, wrap(v.block, v.keyword+" "+v.args))
	}
	for _, text := range texts {
		c, diags := bind(t, text)
		if !Runnable(diags) {
			continue
		}
		var b strings.Builder
		if err := Print(&b, c, Printing{Changed: true, Env: host()}); err != nil {
			t.Fatal(err)
		}
		again, _ := Bind(syntax.Load(syntax.MapSource{"printed": b.String()}, "printed", syntax.Options{}), host())
		if !config.Equal(c, again) {
			t.Errorf("%s\nis not the same as\n%s", text, b.String())
		}
	}
}

func TestChangedLeavesDefaultsOut(t *testing.T) {
	const text = `global_defs {
    vrrp_garp_master_refresh 10
}

vrrp_script chk {
    script "/bin/true"
    interval 5
    timeout 1
}

vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 101
    virtual_ipaddress {
        192.168.1.150/24
    }
    track_script {
        chk weight 0 noreverse
    }
    garp_master_refresh 0
}

`
	defaults := strings.NewReplacer("priority 101",
		"priority 101\n    advert_int 1\n    garp_master_repeat 5\n    preempt_delay 0").Replace(text)
	c, _ := bind(t, defaults)
	var b strings.Builder
	if err := Print(&b, c, Printing{Changed: true, Env: host()}); err != nil {
		t.Fatal(err)
	}
	if b.String() != text {
		t.Errorf("got\n%s\nwant\n%s", b.String(), text)
	}
	b.Reset()
	if err := Print(&b, clean(t, instance()), Printing{Changed: true, Env: host()}); err != nil ||
		strings.Contains(b.String(), "global_defs") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestRedactShowsNoSecret(t *testing.T) {
	const hmac = "0123456789abcdef0123456789abcdef"
	text := "SSL {\n password hush\n}\n" + instance("authentication {\n auth_type PASS\n auth_pass sesame\n}") +
		"vrrp_instance VI_9 {\n interface eth0\n virtual_router_id 99\n version 3\n virtual_ipaddress {\n 10.0.0.9\n }\n" +
		" auth_hmac {\n key 1 " + hmac + "\n key 2 hex:" + hmac + hmac + "\n active_key 1\n }\n}\n"
	c, _ := bind(t, text)
	for _, how := range []Printing{{Redact: true}, {Redact: true, Changed: true, Env: host()}} {
		var b strings.Builder
		if err := Print(&b, c, how); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"hush", "sesame", hmac} {
			if strings.Contains(b.String(), secret) {
				t.Errorf("%s is shown in\n%s", secret, b.String())
			}
		}
		for _, want := range []string{"password REDACTED\n", "auth_pass REDACTED\n", "key 1 REDACTED", "key 2 REDACTED",
			"active_key 1"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %q in\n%s", want, b.String())
			}
		}
		again, diags := Bind(syntax.Load(syntax.MapSource{"printed": b.String()}, "printed", syntax.Options{}), host())
		if !Runnable(diags) || len(again.Instances) != len(c.Instances) {
			t.Errorf("%v", diags)
		}
	}
}

// Whatever a keyword is called that holds a secret, it is marked as one. The name of a file with one is none.
func TestSecretsAreMarked(t *testing.T) {
	for _, k := range Table().Keywords() {
		name := strings.ToLower(k.Name)
		suspicious := strings.Contains(name, "pass") && !strings.Contains(name, "passive") &&
			!strings.HasSuffix(name, "_file") ||
			strings.Contains(name, "secret") ||
			name == "key" && strings.HasSuffix(k.Block, "auth_hmac")
		if suspicious && k.secret == "" {
			t.Errorf("%s %s is no secret", k.Path(), k.Args)
		}
	}
}
