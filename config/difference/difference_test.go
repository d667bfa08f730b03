package difference

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"testing"

	"holdfast/config/language"
	"holdfast/internal/golden"
)

// examples has a difference of every kind.
func examples() []language.Difference {
	return []language.Difference{
		{Class: "global_defs", Kind: language.Changed, Lines: []language.LineChange{{Kind: language.Changed,
			Old: "router_id a", New: "router_id b"}}},
		{Class: "vrrp_instance", Name: "VI_1", Kind: language.Changed, Effect: "keeps its state",
			Lines: []language.LineChange{
				{Kind: language.Changed, Old: "priority 100", New: "priority 90"},
				{In: []string{"virtual_ipaddress"}, Kind: language.Added, New: "192.0.2.11/24"},
				{In: []string{"virtual_ipaddress"}, Kind: language.Removed, Old: "192.0.2.12/24"},
			}},
		{Class: "vrrp_instance", Name: "VI_2 -> VI_3", Kind: language.Changed, Effect: "keeps its state"},
		{Class: "virtual_server", Name: "192.0.2.10 80 TCP", Kind: language.Changed, Lines: []language.LineChange{
			{Kind: language.Added, New: "real_server 192.0.2.22 80", Block: true},
			{In: []string{"real_server 192.0.2.21 80", "HTTP_GET"}, Kind: language.Changed, Old: "retry 1", New: "retry 3"},
		}},
		{Class: "virtual_server", Name: "192.0.2.10 81 TCP", Kind: language.Added, Effect: "real servers are used at once"},
		{Class: "vrrp_instance", Name: "<gone> & \"quoted\"", Kind: language.Removed, Effect: "resigns"},
		{Class: "instance", Kind: language.Added},
	}
}

func TestWriters(t *testing.T) {
	for _, tt := range []struct {
		file  string
		write func(io.Writer, []language.Difference) error
		all   []language.Difference
	}{
		{"some.txt", Text, examples()}, {"none.txt", Text, nil}, {"some.json", JSON, examples()}, {"none.json", JSON, nil},
	} {
		var b bytes.Buffer
		if err := tt.write(&b, tt.all); err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, filepath.Join("testdata", tt.file), b.String())
	}
}

// Programs find a list where there may be one, empty or not.
func TestJSONHasListsThroughout(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, examples()); err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(b.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	all, ok := r["differences"].([]any)
	if !ok || len(all) != len(examples()) {
		t.Fatalf("%d differences", len(all))
	}
	for _, d := range all {
		lines, ok := d.(map[string]any)["lines"].([]any)
		if !ok {
			t.Errorf("no lines in %v", d)
		}
		for _, l := range lines {
			if _, ok := l.(map[string]any)["in"].([]any); !ok {
				t.Errorf("no blocks in %v", l)
			}
		}
	}
}

// A writer that fails is told of.
func TestErrorsOfTheWriter(t *testing.T) {
	for _, write := range []func(io.Writer, []language.Difference) error{Text, JSON} {
		if err := write(closed{}, examples()); err != io.ErrClosedPipe {
			t.Errorf("%v", err)
		}
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
