package api

import (
	"encoding"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"holdfast/internal/golden"
	"holdfast/internal/state"
)

const (
	docs   = "../../docs/api.md"
	marker = "## Values\n"
)

// The page describes every value that can be in an answer, by its name, its type and its meaning: it is made of the
// types, and what is written above the marker by hand.
func TestDocsDescribeTheValues(t *testing.T) {
	page, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(page), marker)
	if !ok {
		t.Fatalf("%s has no line %q", docs, marker)
	}
	for _, path := range append([]string{"state", "config", "events"}, state.Lists()...) {
		if !strings.Contains(head, "`/v1/"+path+"`") {
			t.Errorf("%s does not tell of /v1/%s", docs, path)
		}
	}
	golden.Equal(t, docs, head+marker+schema(t))
}

// schema describes the types.
func schema(t *testing.T) string {
	var b strings.Builder
	seen := map[reflect.Type]bool{}
	for _, v := range []struct {
		title string
		of    reflect.Type
	}{
		{"What every answer has", reflect.TypeFor[state.Head]()},
		{"`/healthz` and `/readyz`", reflect.TypeFor[state.Ready]()},
		{"`/v1/state`", reflect.TypeFor[state.All]()},
		{"`/v1/events`", reflect.TypeFor[state.Events]()},
		{"The first line of `/v1/events?follow`", reflect.TypeFor[state.Followed]()},
		{"Heartbeat", reflect.TypeFor[state.Heartbeat]()},
		{"`/v1/plan`", reflect.TypeFor[state.Plan]()},
		{"`POST /v1/upgrade`", reflect.TypeFor[state.Upgraded]()},
	} {
		describe(t, &b, seen, v.title, v.of)
	}
	return b.String()
}

func describe(t *testing.T, b *strings.Builder, seen map[reflect.Type]bool, title string, of reflect.Type) {
	if seen[of] {
		return
	}
	seen[of] = true
	fmt.Fprintf(b, "\n### %s\n\n| name | type | meaning |\n| --- | --- | --- |\n", title)
	var inner []reflect.Type
	for f := range fields(of) {
		name, kind, more := typed(f)
		if f.Tag.Get("doc") == "" {
			t.Errorf("%v.%s has no meaning", of, f.Name)
		}
		if strings.ToLower(name) != name || strings.ContainsAny(name, " -") {
			t.Errorf("%v.%s: the name %q", of, f.Name, name)
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, kind, f.Tag.Get("doc"))
		if more != nil {
			inner = append(inner, more)
		}
	}
	for _, i := range inner {
		describe(t, b, seen, i.Name(), i)
	}
}

// fields are those of a struct that are encoded; those of the head are described once.
func fields(of reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range of.NumField() {
			f := of.Field(i)
			if f.Anonymous || f.Tag.Get("json") == "-" {
				continue
			}
			if !yield(f) {
				return
			}
		}
	}
}

// typed is the name and the type of a field, and what that is made of.
func typed(f reflect.StructField) (name, kind string, more reflect.Type) {
	name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
	of, list, or := f.Type, "", ""
	if of.Kind() == reflect.Slice {
		of, list = of.Elem(), "list of "
	}
	if of.Kind() == reflect.Pointer {
		of, or = of.Elem(), " or null"
	}
	if strings.Contains(rest, "omitzero") {
		or = ", may be missing"
	}
	switch {
	case of == reflect.TypeFor[time.Time]():
		kind = "time (RFC 3339)"
	case of.Kind() == reflect.Struct && reflect.PointerTo(of).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		kind = "text"
	case of.Kind() == reflect.Struct:
		kind, more = "object", of
	case of.Kind() == reflect.String:
		kind = "text"
	case of.Kind() == reflect.Bool:
		kind = "true or false"
	default:
		kind = "number"
	}
	return name, list + kind + or, more
}

// Every list is there and never null, also where nothing is known.
func TestListsAreNeverNull(t *testing.T) {
	s := start(t, &fake{})
	var got map[string]json.RawMessage
	s.get(t, "/v1/state", &got)
	for _, list := range state.Lists() {
		if string(got[list]) != "[]" {
			t.Errorf("%s: %s", list, got[list])
		}
	}
}
