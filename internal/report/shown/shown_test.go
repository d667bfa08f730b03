package shown

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

type inner struct{ Shown, Hidden uint8 }

type outer struct {
	Name   string
	On     bool
	N      time.Duration
	At     time.Time
	Empty  string
	List   []inner
	Words  []string
	Ptr    *inner
	Map    map[string]int
	secret int
}

// What a text leaves out is found, at any depth, and so is what the sample does not try.
func TestHidden(t *testing.T) {
	sample := func() *outer {
		return &outer{Name: "a", N: time.Second, At: time.Unix(1, 0), List: []inner{{1, 2}},
			Words: []string{"x"}, Ptr: &inner{}}
	}
	all := func(o *outer) string {
		return fmt.Sprint(o.Name, o.On, o.N, o.At, o.Empty, o.List, o.Words)
	}
	if got, want := Hidden(sample, all), []string{"outer.Empty (the sample has none)"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	some := func(o *outer) string { return fmt.Sprint(o.Name, o.N, o.List[0].Shown) }
	want := []string{"outer.On", "outer.At", "outer.Empty (the sample has none)", "outer.List[0].Hidden", "outer.Words"}
	if got := Hidden(sample, some); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Hidden(sample, some, "report/shown"); got != nil {
		t.Errorf("%q of a package that is left out", got)
	}
	_ = outer{}.secret // what is not exported is not for anybody else
}
