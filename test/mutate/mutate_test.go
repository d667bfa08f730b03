package mutate

import (
	"math/rand/v2"
	"strings"
	"testing"

	"holdfast/config/language"
)

const sample = `# a comment
vrrp_instance VI_1 {
    interface eth0   # where
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
}
`

// What was scanned and is not changed is the same text.
func TestScanAndJoin(t *testing.T) {
	if got := Join(Scan(sample)); got != sample {
		t.Errorf("got %q", got)
	}
	lines := Scan(sample)
	if lines[1].Match != 7 || lines[4].Match != 6 || lines[5].Path != "vrrp_instance/virtual_ipaddress" {
		t.Errorf("%+v", lines)
	}
}

// Variants differ from the text they are made of, and a seed makes the same ones.
func TestMutants(t *testing.T) {
	make := func(seed uint64) []Variant { return Mutants(rand.New(rand.NewPCG(seed, 0)), "f", sample, 50) }
	a, b := make(1), make(1)
	if len(a) != 50 {
		t.Fatalf("%d variants", len(a))
	}
	changed := 0
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("seed 1 gave %+v and %+v", a[i], b[i])
		}
		if a[i].Text != sample {
			changed++
		}
	}
	if changed < 45 {
		t.Errorf("%d of %d are changed", changed, len(a))
	}
}

// Every block with keywords has a frame to try them in.
func TestKeywordsHaveFrames(t *testing.T) {
	variants, frames := Keywords(language.Table())
	if len(frames) < 25 || len(variants) < 3000 {
		t.Errorf("%d frames, %d variants", len(frames), len(variants))
	}
	tried := map[string]bool{}
	for _, v := range variants {
		tried[v.Name] = true
	}
	for _, k := range language.Table().Keywords() {
		if k.Block != language.AnyBlock && !tried[k.Path()] && !strings.HasSuffix(k.Block, language.Entry) {
			t.Errorf("%s is not tried", k.Path())
		}
	}
}
