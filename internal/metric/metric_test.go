package metric

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func written(t interface{ Fatal(...any) }, tables ...Table) string {
	var b strings.Builder
	if err := Write(&b, tables); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	var roles Table
	roles.Rows.Add("role", "vrrp")
	roles.Rows.Add("role", "checker")
	roles.Add(RoleUp, "", Numbers(1, 0))
	roles.Add(RoleAge, "", Numbers(0.25, None()))
	roles.Add("keepalived_unheard_of", "", Numbers(1, 1))
	one := One()
	one.Add(ConfigFindings, Labels("severity", "error"), Numbers(3))
	one.Add(ConfigFindings, Labels("severity", "warning"), Numbers(1e20))
	one.Add(Up, "", Numbers(math.Inf(1)))
	one.Add(StartTime, "", Numbers(1764533930.123))
	one.Add(Ready, "", Numbers(None()))
	again := One()
	again.Add(Up, Labels("again", "yes"), Numbers(1))
	const want = `# HELP keepalived_role_up Whether the role answers; what it tells is missing while it does not.
# TYPE keepalived_role_up gauge
keepalived_role_up{role="vrrp"} 1
keepalived_role_up{role="checker"} 0
# HELP keepalived_role_answer_age_seconds How old what the role tells here is.
# TYPE keepalived_role_answer_age_seconds gauge
keepalived_role_answer_age_seconds{role="vrrp"} 0.25
# HELP keepalived_config_findings What is wrong with the configuration that runs.
# TYPE keepalived_config_findings gauge
keepalived_config_findings{severity="error"} 3
keepalived_config_findings{severity="warning"} 1e+20
# HELP keepalived_up Whether all roles that the configuration needs answer.
# TYPE keepalived_up gauge
keepalived_up +Inf
keepalived_up{again="yes"} 1
# HELP keepalived_start_time_seconds When the daemon was started.
# TYPE keepalived_start_time_seconds gauge
keepalived_start_time_seconds 1.764533930123e+09
`
	if got := written(t, roles, one, again); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestLabels(t *testing.T) {
	for value, want := range map[string]string{
		"plain": `n="plain"`, `a"b\c` + "\n": `n="a\"b\\c\n"`, "latin \xe4": `n="latin \\xe4"`, "ä€": `n="ä€"`, "": `n=""`,
	} {
		if got := Labels("n", value); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
	if got := Labels("a", "1", "b", "2"); got != `a="1",b="2"` {
		t.Error(got)
	}
}

func TestTheWayOverTheSocket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.OneOf(rapid.Float64(), rapid.Map(rapid.IntRange(-5, 1<<53+5),
			func(n int) float64 { return float64(n) }), rapid.SampledFrom([]float64{None(), math.Copysign(0, -1), math.Inf(-1)}))).Draw(t, "values")
		v := Numbers(list...)
		b, err := v.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got Values
		if err := got.UnmarshalBinary(b); err != nil || got.Len() != len(list) {
			t.Fatal(list, got, err)
		}
		at := cursor(got.text)
		for _, want := range append(list, None()) {
			if n := at.next(); math.Float64bits(n) != math.Float64bits(want) && !(math.IsNaN(n) && math.IsNaN(want)) {
				t.Fatal(list, n, want)
			}
		}
		var rows, back Rows
		names := rapid.SliceOf(rapid.String()).Draw(t, "names")
		for _, n := range names {
			rows.Add("name", n)
		}
		if b, err = rows.AppendBinary(nil); err != nil {
			t.Fatal(err)
		}
		if err := back.UnmarshalBinary(b); err != nil || back.Len() != len(names) {
			t.Fatal(names, err)
		}
		row := back.first()
		for _, name := range names {
			if got := string(row.next()); got != Labels("name", name) {
				t.Fatalf("%s of %q", got, name)
			}
		}
	})
}

// Whatever comes instead of a table is refused or is one, and takes no more memory than it has bytes.
func FuzzUnmarshal(f *testing.F) {
	var rows Rows
	rows.Add("a", "b")
	rows.Add()
	r, _ := rows.AppendBinary(nil)
	v, _ := Numbers(1, 0.5, math.Inf(1), None()).AppendBinary(nil)
	f.Add(r)
	f.Add(v)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var rows Rows
		if rows.UnmarshalBinary(b) == nil {
			for at, i := rows.first(), 0; i < rows.Len(); i++ {
				_ = at.next()
			}
		}
		var values Values
		if values.UnmarshalBinary(b) == nil && values.Len() > len(b) {
			t.Errorf("%d values of %d bytes", values.Len(), len(b))
		}
		_ = written(t, Table{Rows: rows, Columns: []Column{{Family: Up, Values: values}}})
	})
}

// The names follow the rules that Prometheus has for them, but for those that others have made; and each is told by one
// role only, with a sentence about it.
func TestFamiliesAreInOrder(t *testing.T) {
	seen := map[string]bool{}
	name := regexp.MustCompile(`^keepalived_[a-z0-9_]+$`)
	for _, f := range Families() {
		switch {
		case seen[f.Name]:
			t.Errorf("%s: is there twice", f.Name)
		case !name.MatchString(f.Name):
			t.Errorf("%s: not a name", f.Name)
		case !strings.HasSuffix(f.Help, ".") || strings.ContainsAny(f.Help, "\n\\"):
			t.Errorf("%s: %q is no sentence", f.Name, f.Help)
		case f.Type != Gauge && f.Type != Counter && f.Type != Histogram:
			t.Errorf("%s: has no type", f.Name)
		case !slices.Contains([]string{Supervisor, AnyRole, "vrrp", "checker", "bfd"}, f.From):
			t.Errorf("%s: who is %q", f.Name, f.From)
		}
		seen[f.Name] = true
	}
}
