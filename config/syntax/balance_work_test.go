package syntax

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// routers is a configuration in which braces match, in blocks of ten lines: the '}' of
// a list is in the fifth, that of the block in the last.
func routers(blocks int) []string {
	var out []string
	for n := range blocks {
		out = append(out, fmt.Sprintf("vrrp_instance V%d {", n), "    priority 1", "    virtual_ipaddress {",
			"        10.0.0.1/24", "    }",
			"    track_interface {", "        eth1", "    }", "    state MASTER", "}")
	}
	return out
}

// Repair of large damaged files is bounded: in what is read of them for it, and by the
// clock, with a ceiling far above what it takes.
func TestRepairIsBounded(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 1))
	for _, tt := range []struct {
		name   string
		damage func(lines []string)
		exact  string // the first finding; "" for any
	}{
		{"front", func(lines []string) { lines[4] = "" }, "k.conf:3:5"},
		{"middle", func(lines []string) { lines[50_004] = "" }, "k.conf:50003:5"},
		{"end", func(lines []string) { lines[99_994] = "" }, "k.conf:99993:5"},
		{"last of all", func(lines []string) { lines[99_999] = "" }, "k.conf:99991:21"},
		{"extra", func(lines []string) { lines[50_001] += " }" }, "k.conf:50002:16"},
		{"10,000 missing", func(lines []string) {
			for i := 4; i < len(lines); i += 10 {
				lines[i] = ""
			}
		}, "k.conf:3:5"},
		{"10,000 extra", func(lines []string) {
			for i := 1; i < len(lines); i += 10 {
				lines[i] += " }"
			}
		}, "k.conf:2:16"},
		{"nothing but '{'", func(lines []string) {
			for i := range lines {
				lines[i] = "vrrp_instance {"
			}
		}, ""},
		{"nothing but '}'", func(lines []string) {
			for i := range lines {
				lines[i] = "}"
			}
		}, ""},
		{"one block", func(lines []string) {
			for i := range lines {
				lines[i] = "    state MASTER"
			}
			lines[0] = "vrrp_instance A {"
		}, ""},
		{"random", func(lines []string) {
			for i := range lines {
				lines[i] = strings.Repeat(" ", noise.IntN(5)) + []string{"vrrp_instance A {", "}", "virtual_ipaddress {", "state",
					"x {", "}}", "priority 1"}[noise.IntN(7)]
			}
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			blocks := 10_000
			if tt.exact == "" {
				blocks = 2_000
			}
			lines := routers(blocks)
			tt.damage(lines)
			s := Load(MapSource{"k.conf": strings.Join(lines, "\n")}, "k.conf", Options{})
			began := time.Now()
			_, found := Parse(s, repairShape)
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("took %v", took)
			} else {
				t.Log(took)
			}
			if tt.exact != "" && found[0].Pos.String() != tt.exact {
				t.Errorf("%v", found[0])
			}
			steps := maxSteps
			var events []event
			parse(s, &parser{shape: repairShape, events: &events, skip: true})
			blame(events, repairShape, &steps)
			// What one look goes over beyond the bound is what it is at when it is reached.
			if over := -steps; over > maxCandidates*maxTogether*(maxReach+lookAhead)+len(events) {
				t.Errorf("%d steps over %d", over, maxSteps)
			}
		})
	}
}

// repairShape knows a few keywords of a virtual router.
func repairShape(path []string, keyword string) Form {
	switch {
	case len(path) == 0 && keyword == "vrrp_instance":
		return FormBlock
	case len(path) == 1 && path[0] == "vrrp_instance":
		switch keyword {
		case "priority", "state":
			return FormLine
		case "virtual_ipaddress", "track_interface":
			return FormBlock
		}
	case len(path) == 2 && path[0] == "vrrp_instance" && (path[1] == "virtual_ipaddress" || path[1] == "track_interface"):
		return FormLine
	}
	return FormUnknown
}
